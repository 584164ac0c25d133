namespace Moldau.Coordination.Transactions;

/// <summary>One input's turn: the time at which it is judged, the settings in force, and the decision that takes shape.</summary>
internal sealed record TransactionTurn(Decision<CoordinatorRecord> Decision, Instant Now, TransactionSettings Settings)
{
    /// <summary>What the cluster's level leaves of the one at which a client speaks.</summary>
    public short LevelOf(short clientVersion) => Math.Min(clientVersion, Settings.TransactionVersion);

    /// <summary>Whether records can say that the epoch was raised, and which producer id follows.</summary>
    public bool RecordsHaveTags => Settings.TransactionVersion >= TransactionVersions.FlexibleRecords;

    public void Store(string transactionalId, Transaction transaction) =>
        Decision.Append(RecordOf(transactionalId, transaction));

    /// <summary>The end has more to say than the partition that was added last, and must not fail for it.</summary>
    public void StoreEnd(string transactionalId, Transaction transaction) =>
        Decision.Append(RecordOf(transactionalId, transaction) with { MayExceedLimit = true });

    private CoordinatorRecord RecordOf(string transactionalId, Transaction transaction) =>
        TransactionRecords.Of(transactionalId, transaction, Settings.TransactionVersion);
}
