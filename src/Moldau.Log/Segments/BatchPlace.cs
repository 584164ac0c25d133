using Moldau.Protocol.Records;

namespace Moldau.Log.Segments;

/// <summary>
/// Where in a log the next batch may stand. No checksum covers its offset, so all that read batches look at this: offsets rise, and end with
/// the segment or the log. A walk that only looks for an offset does not: it must find also what is damaged, to say so.
/// </summary>
/// <param name="FirstOffset">The least offset that it may begin at.</param>
/// <param name="EndOffset">Its last offset lies before this one.</param>
internal readonly record struct BatchPlace(long FirstOffset, long EndOffset)
{
    /// <summary>Whether the batch may stand here. What is damaged may name any offset, so that no sum of two may be looked at.</summary>
    public bool Takes(in BatchHeader header) =>
        header.BaseOffset >= FirstOffset && header.LastOffsetDelta >= 0 && header.LastOffsetDelta < EndOffset - header.BaseOffset;

    /// <summary>Where the one behind a batch may stand.</summary>
    public BatchPlace Behind(in BatchHeader header) => this with { FirstOffset = header.NextOffset };
}
