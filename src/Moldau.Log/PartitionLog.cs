using Moldau.Protocol;

namespace Moldau.Log;

/// <summary>
/// The log of one partition. An append takes the partition's short lock; reads and the published offsets take none.
/// </summary>
internal sealed class PartitionLog
{
    internal PartitionLog(PartitionName name, Guid topicId, LogSettings settings)
    {
        Name = name;
        TopicId = topicId;
        Settings = settings;
    }

    public PartitionName Name { get; }

    public Guid TopicId { get; }

    /// <summary>May be replaced at any time; the next append obeys.</summary>
    public LogSettings Settings { get; set; }

    public long LogStartOffset => throw new NotImplementedException();

    /// <summary>The durable position (or the log end where the topic opts out of durability). Consumers see what is below it.</summary>
    public long HighWatermark => throw new NotImplementedException();

    /// <summary>The first offset of the oldest open transaction, or the high watermark.</summary>
    public long LastStableOffset => throw new NotImplementedException();

    /// <summary>The offset that the next record gets.</summary>
    public long LogEndOffset => throw new NotImplementedException();

    /// <summary>Bytes of all segments.</summary>
    public long SizeInBytes => throw new NotImplementedException();

    /// <summary>
    /// Appends one validated batch: checks epoch and sequence of its producer, stamps base offset and leader epoch <b>into the given bytes</b>,
    /// and writes them to the page cache and the journal. When it returns the bytes may be reused. Refusals are codes.
    /// </summary>
    public AppendResult Append(ReadOnlyMemory<byte> batch, in AppendContext context) => throw new NotImplementedException();

    /// <summary>Completes when all below the offset is committed; at once, without allocation, if it is. Faults with <see cref="LogOfflineException"/> if that cannot happen any more.</summary>
    public ValueTask CommittedAsync(long endOffset) => throw new NotImplementedException();

    /// <summary>Reads whole batches from the one that holds the offset on, within one segment.</summary>
    public LogRead Read(long from, int maxBytes, ReadBound bound, OversizedBatch oversized = OversizedBatch.Return) => throw new NotImplementedException();

    /// <summary>The first record at or after the timestamp among those below the bound, or null.</summary>
    public TimestampAndOffset? OffsetForTimestamp(long timestampMs, ReadBound bound) => throw new NotImplementedException();

    /// <summary>The record with the largest timestamp, the first of them if several have it; null in an empty log.</summary>
    public TimestampAndOffset? OffsetForMaxTimestamp() => throw new NotImplementedException();

    /// <summary>The leader epoch of the latest batch, or -1.</summary>
    public int LatestLeaderEpoch => throw new NotImplementedException();

    /// <summary>Leader epoch under which the record at the offset was written, or -1.</summary>
    public int LeaderEpochOf(long offset) => throw new NotImplementedException();

    /// <summary>The largest known epoch not above the given one, and the offset where it ended; (-1, -1) if there is none.</summary>
    public (int LeaderEpoch, long EndOffset) EndOffsetForLeaderEpoch(int leaderEpoch) => throw new NotImplementedException();

    /// <summary>Moves the log start up, as DeleteRecords does: 1 if the offset is beyond the high watermark; below the start nothing happens.</summary>
    public ErrorCode DeleteRecordsBefore(long offset) => throw new NotImplementedException();

    /// <summary>Cuts everything from the offset on, whole batches only. For state logs whose tail was never confirmed.</summary>
    public void TruncateTo(long offset) => throw new NotImplementedException();

    public void AddListener(IHighWatermarkListener listener) => throw new NotImplementedException();

    public void RemoveListener(IHighWatermarkListener listener) => throw new NotImplementedException();
}

/// <summary>A record's timestamp and offset, and the leader epoch of its batch.</summary>
internal readonly record struct TimestampAndOffset(long TimestampMs, long Offset, int LeaderEpoch);

/// <summary>The partition takes no more appends: its disk failed, the journal failed, or it was deleted or closed.</summary>
internal sealed class LogOfflineException(string message, Exception? cause = null) : IOException(message, cause);
