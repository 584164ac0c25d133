namespace Moldau.Coordination.Transactions;

/// <summary>Where a transactional id is between two transactions. The numbers stand in its records, the names in answers.</summary>
internal enum TransactionStatus : sbyte
{
    /// <summary>No transaction has begun since the producer was initialised.</summary>
    Empty = 0,

    Ongoing = 1,

    /// <summary>It is decided that the transaction commits; its markers are being written.</summary>
    PrepareCommit = 2,

    PrepareAbort = 3,

    /// <summary>The markers are written.</summary>
    CompleteCommit = 4,

    CompleteAbort = 5,

    /// <summary>Kafka's, in memory only: the id is about to be removed.</summary>
    Dead = 6,

    /// <summary>Kafka's, in memory only: the producer is about to be fenced.</summary>
    PrepareEpochFence = 7,
}
