using Moldau.Coordination.Transactions;

namespace Moldau.Broker.Config;

/// <summary>The settings of transactions; the names in Kafka's configuration stand beside them.</summary>
internal sealed record TransactionConfig
{
    public required TransactionSettings Coordinator { get; init; }

    /// <summary>
    /// <c>transaction.partition.verification.enable</c>: whether the coordinator is asked if a transaction is open before an older client's
    /// batch begins it in a partition.
    /// </summary>
    public required bool VerifiesPartitions { get; init; }

    /// <summary><c>add.partitions.to.txn.retry.backoff.ms</c></summary>
    public required int AddRetryMs { get; init; }

    /// <summary>
    /// <c>add.partitions.to.txn.retry.backoff.max.ms</c>: how long a write waits for the markers of the transaction before its own.
    /// </summary>
    public required int AddRetryMsMax { get; init; }
}
