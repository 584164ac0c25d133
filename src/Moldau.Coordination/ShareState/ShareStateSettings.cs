namespace Moldau.Coordination.ShareState;

/// <summary>What the share coordinator can be told; the names of the settings in Kafka's configuration stand beside them.</summary>
internal sealed record ShareStateSettings
{
    /// <summary><c>share.coordinator.snapshot.update.records.per.snapshot</c></summary>
    public int UpdatesPerSnapshot { get; init; } = 500;

    /// <summary><c>share.coordinator.cold.partition.snapshot.interval.ms</c></summary>
    public int ColdSnapshotIntervalMs { get; init; } = 300_000;

    /// <summary><c>share.coordinator.state.topic.prune.interval.ms</c></summary>
    public int PruneIntervalMs { get; init; } = 300_000;
}
