namespace Moldau.Log;

/// <summary>What happens to a topic's old records; none means that they are kept.</summary>
[Flags]
internal enum CleanupPolicies
{
    None = 0,
    Delete = 1,
    Compact = 2,
}

/// <summary>The settings of one topic that its partition logs obey, with Kafka's names and defaults.</summary>
internal sealed record LogSettings
{
    public static LogSettings Default { get; } = new();

    /// <summary>segment.bytes</summary>
    public int SegmentBytes { get; init; } = 1024 * 1024 * 1024;

    /// <summary>segment.ms</summary>
    public long SegmentMs { get; init; } = 7L * 24 * 60 * 60 * 1000;

    /// <summary>segment.jitter.ms: each segment rolls up to this much earlier, so that not all partitions roll at once.</summary>
    public long SegmentJitterMs { get; init; }

    /// <summary>segment.index.bytes: a segment whose index has reached it is rolled. Nothing is preallocated.</summary>
    public int SegmentIndexBytes { get; init; } = 10 * 1024 * 1024;

    /// <summary>index.interval.bytes</summary>
    public int IndexIntervalBytes { get; init; } = 4096;

    /// <summary>
    /// cleanup.policy. Kafka's default is delete; a log of which the topic's settings are not known yet keeps everything.
    /// </summary>
    public CleanupPolicies CleanupPolicy { get; init; } = CleanupPolicies.None;

    /// <summary>retention.ms: with policy delete, a segment goes when its newest record is older. Negative: never.</summary>
    public long RetentionMs { get; init; } = 7L * 24 * 60 * 60 * 1000;

    /// <summary>retention.bytes: with policy delete, the oldest segments go while the rest is at least as large. Negative: no bound.</summary>
    public long RetentionBytes { get; init; } = -1;

    /// <summary>file.delete.delay.ms: how long the files of a deleted segment stay, so that reads under way end undisturbed.</summary>
    public long FileDeleteDelayMs { get; init; } = 60_000;

    /// <summary>delete.retention.ms: how long compaction keeps tombstones and transaction markers once it has met them.</summary>
    public long DeleteRetentionMs { get; init; } = 24L * 60 * 60 * 1000;

    /// <summary>min.compaction.lag.ms: records younger than this are not compacted.</summary>
    public long MinCompactionLagMs { get; init; }

    /// <summary>max.compaction.lag.ms: a log with a record older than this that was never compacted is, however clean it is.</summary>
    public long MaxCompactionLagMs { get; init; } = long.MaxValue;

    /// <summary>
    /// The age at which a segment is ended. A compacted log's is ended in time for max.compaction.lag.ms, since the segment being
    /// written is never compacted.
    /// </summary>
    public long RollMs =>
        (CleanupPolicy & CleanupPolicies.Compact) != 0 && MaxCompactionLagMs > 0 ? Math.Min(SegmentMs, MaxCompactionLagMs) : SegmentMs;

    /// <summary>min.cleanable.dirty.ratio: the part of a log that must be dirty before it is compacted, 0 to 1.</summary>
    public double MinCleanableDirtyRatio { get; init; } = 0.5;

    /// <summary>flush.messages if the topic itself sets it: the topic opts out of durability, its high watermark is its log end.</summary>
    public long? FlushMessages { get; init; }

    /// <summary>flush.ms if the topic itself sets it: the topic opts out of durability, its high watermark is its log end.</summary>
    public long? FlushMs { get; init; }

    /// <summary>Whether consumers see only what a power cut cannot take back, as they do unless the topic opts out.</summary>
    public bool IsDurable => FlushMessages is null && FlushMs is null;
}
