namespace Moldau.Log;

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

    /// <summary>flush.messages if the topic itself sets it: the topic opts out of durability, its high watermark is its log end.</summary>
    public long? FlushMessages { get; init; }

    /// <summary>flush.ms if the topic itself sets it: the topic opts out of durability, its high watermark is its log end.</summary>
    public long? FlushMs { get; init; }

    /// <summary>Whether consumers see only what a power cut cannot take back, as they do unless the topic opts out.</summary>
    public bool IsDurable => FlushMessages is null && FlushMs is null;
}
