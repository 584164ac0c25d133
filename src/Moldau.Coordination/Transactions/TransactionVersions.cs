namespace Moldau.Coordination.Transactions;

/// <summary>The levels of the feature <c>transaction.version</c>.</summary>
internal static class TransactionVersions
{
    /// <summary>A producer keeps its epoch from one transaction to the next, and names every partition before it writes there.</summary>
    public const short Original = 0;

    /// <summary>Records have tagged fields.</summary>
    public const short FlexibleRecords = 1;

    /// <summary>KIP-890: each end of a transaction raises the epoch, and partitions are added by the first write.</summary>
    public const short EpochBump = 2;
}
