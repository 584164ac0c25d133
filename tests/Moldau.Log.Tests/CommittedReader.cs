using Moldau.Log.Segments;
using Moldau.Protocol.Records;

namespace Moldau.Log.Tests;

/// <summary>A reader at read_committed, as clients are: it goes by the last stable offset and by the aborted transactions that the log names.</summary>
internal sealed class CommittedReader(PartitionLog log)
{
    private readonly long _stable = log.LastStableOffset;
    private readonly IReadOnlyList<AbortedTransaction> _aborted = log.AbortedTransactions(log.LogStartOffset, log.LogEndOffset);

    /// <summary>Whether it hands the records of a batch on.</summary>
    public bool Reads(BatchHeader header)
    {
        if (header.IsControl || header.BaseOffset >= _stable) return false;
        return !header.IsTransactional || !_aborted.Any(transaction =>
            transaction.ProducerId == header.ProducerId && transaction.FirstOffset <= header.BaseOffset && header.BaseOffset <= transaction.LastOffset);
    }
}
