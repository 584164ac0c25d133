namespace Moldau.Coordination;

/// <summary>The producer of a transaction, as its records carry it.</summary>
internal readonly record struct TransactionalProducer(long ProducerId, short Epoch)
{
    /// <summary>
    /// How many of the producer's transactions had ended in the shard's log when its coordinator was asked; null where none was. One
    /// that ends in between makes the answer void, and the append is refused.
    /// </summary>
    public long? TransactionsEnded { get; init; }
}

/// <summary>What a marker says of the transaction that it ends.</summary>
internal readonly record struct TransactionEnd(bool IsCommit, int CoordinatorEpoch)
{
    /// <summary>Whether the marker must have a higher epoch than the producer wrote with.</summary>
    public bool RaisesEpoch { get; init; }
}
