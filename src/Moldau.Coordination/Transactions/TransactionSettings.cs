namespace Moldau.Coordination.Transactions;

/// <summary>What the transaction coordinator can be told; the names of the settings in Kafka's configuration stand beside them.</summary>
internal sealed record TransactionSettings
{
    /// <summary><c>transaction.max.timeout.ms</c></summary>
    public int TimeoutMsMax { get; init; } = 900_000;

    /// <summary><c>transactional.id.expiration.ms</c>: how long an id is kept that has no transaction open.</summary>
    public int IdExpirationMs { get; init; } = 604_800_000;

    /// <summary><c>transaction.remove.expired.transaction.cleanup.interval.ms</c></summary>
    public int ExpiryIntervalMs { get; init; } = 3_600_000;

    /// <summary>After so long markers are written again that could not be written.</summary>
    public int MarkersRetryMs { get; init; } = 500;

    /// <summary>The cluster's level of the feature <c>transaction.version</c>.</summary>
    public short TransactionVersion { get; init; } = TransactionVersions.EpochBump;
}
