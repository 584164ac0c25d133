using System.Buffers.Binary;
using Moldau.Protocol.Records;

namespace Moldau.Broker.Handover;

/// <summary>
/// What stands behind the last good batch of a segment: the rest of a write that a crash interrupted, or damage with good batches behind
/// it, which Kafka's recovery would cut off as well.
/// </summary>
internal static class SegmentTail
{
    /// <summary>How far behind the damage a good batch is looked for.</summary>
    private const int SearchBytes = 4 * 1024 * 1024;

    /// <summary>The position of a good batch that continues the log behind the damage; null where there is none near.</summary>
    public static long? NextGoodBatch(SegmentReader reader, long from, long nextOffset)
    {
        var bytes = reader.ReadBytes(from, SearchBytes).AsSpan();
        for (int at = 1; at <= bytes.Length - BatchHeader.Size; at++)
        {
            if (bytes[at + BatchHeader.MagicAt] != BatchHeader.CurrentMagic) continue;
            long offset = BinaryPrimitives.ReadInt64BigEndian(bytes[at..]);
            if (offset < nextOffset || offset - nextOffset > int.MaxValue) continue;
            int length = BinaryPrimitives.ReadInt32BigEndian(bytes[(at + BatchHeader.LengthAt)..]);
            if (length < BatchHeader.Size - BatchHeader.LengthOverhead || length > bytes.Length - at - BatchHeader.LengthOverhead) continue;
            BatchHeader.TryRead(bytes[at..], out var header);
            if (header.CrcMatches(bytes[at..])) return from + at;
        }
        return null;
    }
}
