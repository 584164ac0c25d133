namespace Moldau.Broker.Config;

/// <summary>How far the metadata log may grow.</summary>
internal sealed record MetadataLogConfig
{
    /// <summary>metadata.log.max.record.bytes.between.snapshots</summary>
    public required long SnapshotBytes { get; init; }

    /// <summary>metadata.log.max.snapshot.interval.ms; 0 is never.</summary>
    public required long SnapshotIntervalMs { get; init; }

    /// <summary>metadata.max.retention.bytes; negative is no bound.</summary>
    public required long RetentionBytes { get; init; }

    /// <summary>metadata.max.retention.ms; negative is never.</summary>
    public required long RetentionMs { get; init; }

    public required int SegmentBytes { get; init; }

    public required long SegmentMs { get; init; }

    public static MetadataLogConfig From(ConfigLayers layers) => new()
    {
        SnapshotBytes = layers.Long("metadata.log.max.record.bytes.between.snapshots"),
        SnapshotIntervalMs = layers.Long("metadata.log.max.snapshot.interval.ms"),
        RetentionBytes = layers.Long("metadata.max.retention.bytes"),
        RetentionMs = layers.Long("metadata.max.retention.ms"),
        SegmentBytes = layers.Int("metadata.log.segment.bytes"),
        SegmentMs = layers.Long("metadata.log.segment.ms"),
    };
}
