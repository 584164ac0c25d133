using System.Buffers;

using Moldau.Log.Segments;
using Moldau.Protocol;

namespace Moldau.Log;

/// <summary>How far a read may go.</summary>
internal enum ReadBound
{
    /// <summary>What a consumer at read_uncommitted sees.</summary>
    HighWatermark,

    /// <summary>What a consumer at read_committed sees.</summary>
    LastStableOffset,

    /// <summary>All that was appended: for the broker's own state machines as they load.</summary>
    LogEnd,
}

/// <summary>What happens to a first batch that is larger than the bytes allowed.</summary>
internal enum OversizedBatch
{
    /// <summary>It is returned whole, so that a consumer never gets stuck.</summary>
    Return,

    /// <summary>Nothing is returned: another partition of the same fetch has made progress.</summary>
    Omit,
}

/// <summary>
/// The outcome of a read: batches in a pooled buffer. Its one owner disposes it once, when the bytes have been sent.
/// The first batch holds the offset asked for, the last one may be cut off by the limit.
/// </summary>
internal readonly struct LogRead : IDisposable
{
    private readonly byte[]? _pooled;

    internal LogRead(byte[]? pooled, ReadOnlyMemory<byte> records)
    {
        _pooled = pooled;
        Records = records;
    }

    /// <summary>1 offset out of range, 2 the batch's checksum is wrong, 56 the disk failed.</summary>
    public ErrorCode Error { get; init; }

    public ReadOnlyMemory<byte> Records { get; }

    /// <summary>The offset behind the last whole batch of <see cref="Records"/>; of no meaning where there is none.</summary>
    public long NextOffset { get; init; }

    /// <summary>
    /// The segment that was read, and those behind it, as they were then: what belongs to the records stands in them, and others may have
    /// taken their place since.
    /// </summary>
    internal ReadOnlyMemory<Segment> Segments { get; init; }

    /// <summary>Whether the end that bounded the read lies in a later segment: no append adds anything to what the next read from here returns.</summary>
    public bool IsInOlderSegment { get; init; }

    /// <summary>
    /// Whether records from the offset asked for on cannot be found any more, since what tells where a batch ends is damaged: those returned,
    /// if any, stand in a later segment.
    /// </summary>
    public bool IsBehindDamage { get; init; }

    public long LogStartOffset { get; init; }

    public long HighWatermark { get; init; }

    public long LastStableOffset { get; init; }

    public void Dispose()
    {
        if (_pooled is not null) ArrayPool<byte>.Shared.Return(_pooled);
    }
}
