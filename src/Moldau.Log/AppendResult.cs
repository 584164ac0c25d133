using Moldau.Log.Producers;
using Moldau.Protocol;
using Moldau.Protocol.Records;

namespace Moldau.Log;

/// <summary>Where a batch stands in the log, or why it was refused.</summary>
internal readonly record struct AppendResult
{
    /// <summary>
    /// 45 out of order sequence, 47 fenced epoch, 56 the partition is offline; none if it was appended or is a repetition.
    /// </summary>
    public ErrorCode Error { get; init; }

    /// <summary>The batch had been appended before; the offsets are those that it got then.</summary>
    public bool IsDuplicate { get; init; }

    public long BaseOffset { get; init; }

    public long LastOffset { get; init; }

    /// <summary>The offset to hand to <see cref="PartitionLog.CommittedAsync"/>.</summary>
    public long EndOffset => LastOffset + 1;

    public long LogStartOffset { get; init; }

    /// <summary>The largest timestamp of a repeated batch, which Kafka answers as its append time; -1 otherwise.</summary>
    public long DuplicateTimestampMs { get; init; }

    public static AppendResult Appended(in BatchHeader header, long logStartOffset) =>
        new() { BaseOffset = header.BaseOffset, LastOffset = header.LastOffset, LogStartOffset = logStartOffset, DuplicateTimestampMs = -1 };

    public static AppendResult Repeated(in ProducedBatch before, long logStartOffset) => new()
    {
        IsDuplicate = true,
        BaseOffset = before.FirstOffset,
        LastOffset = before.LastOffset,
        LogStartOffset = logStartOffset,
        DuplicateTimestampMs = before.TimestampMs,
    };

    public static AppendResult Refused(ErrorCode error, long logStartOffset) =>
        new() { Error = error, BaseOffset = -1, LastOffset = -1, LogStartOffset = logStartOffset, DuplicateTimestampMs = -1 };
}
