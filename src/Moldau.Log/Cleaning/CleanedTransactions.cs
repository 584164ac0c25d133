using Moldau.Log.Producers;
using Moldau.Log.Segments;
using Moldau.Protocol.Records;

namespace Moldau.Log.Cleaning;

/// <summary>
/// Follows the transactions while a walk goes over a log from its beginning: which data was aborted, and which markers have no
/// data left that they would speak about.
/// </summary>
internal sealed class CleanedTransactions
{
    private readonly PriorityQueue<AbortedTransaction, long> _ahead = new();
    private readonly Dictionary<long, Aborting> _aborting = [];
    private readonly HashSet<long> _committing = [];

    // By producer: the offsets of snapshots in which it has a transaction open.
    private readonly Dictionary<long, List<long>> _openInSnapshots = [];

    /// <summary>Aborted transactions that the walk is going to meet, or has met already.</summary>
    public void Expect(IReadOnlyList<AbortedTransaction> aborted)
    {
        foreach (var transaction in aborted) _ahead.Enqueue(transaction, transaction.FirstOffset);
    }

    /// <summary>
    /// Recovery may begin with the snapshot: the markers of the transactions that are open in it stay, though nothing is left of these, or they would
    /// be open for ever.
    /// </summary>
    public void ExpectEndsOf(SnapshotAt snapshot)
    {
        foreach (var producer in snapshot.Producers)
        {
            if (producer.TransactionFirstOffset < 0) continue;
            if (!_openInSnapshots.TryGetValue(producer.ProducerId, out var offsets)) _openInSnapshots[producer.ProducerId] = offsets = [];
            offsets.Add(snapshot.Offset);
        }
    }

    /// <summary>Takes up a batch of data. True if its transaction was aborted, so that nobody is to read it.</summary>
    public bool IsAborted(in BatchHeader header)
    {
        BeginUpTo(header.LastOffset);
        if (!header.IsTransactional) return false;
        if (_aborting.TryGetValue(header.ProducerId, out var transaction))
        {
            transaction.HasData = true;
            return true;
        }
        _committing.Add(header.ProducerId);
        return false;
    }

    /// <summary>Takes up a control batch.</summary>
    public MarkerFate End(in BatchHeader header, TransactionMarker? marker)
    {
        BeginUpTo(header.LastOffset);
        // One that was emptied says nothing any more.
        if (header.RecordCount == 0) return new MarkerFate(IsDone: true, null);
        // Control records of another kind are nobody's to remove.
        if (marker is not { } ended) return new MarkerFate(IsDone: false, null);
        bool isExpected = EndsOneInSnapshot(header);
        if (ended.IsCommit) return new MarkerFate(IsDone: !_committing.Remove(header.ProducerId) && !isExpected, null);
        bool hasData = _aborting.Remove(header.ProducerId, out var transaction) && transaction.HasData;
        return new MarkerFate(IsDone: !hasData && !isExpected, hasData ? transaction!.Transaction : null);
    }

    private bool EndsOneInSnapshot(in BatchHeader header)
    {
        long offset = header.BaseOffset;
        return _openInSnapshots.TryGetValue(header.ProducerId, out var snapshots) && snapshots.RemoveAll(snapshot => snapshot <= offset) > 0;
    }

    private void BeginUpTo(long offset)
    {
        while (_ahead.TryPeek(out var next, out long first) && first <= offset)
        {
            _ahead.Dequeue();
            // One that reaches over several segments is expected once for each of them.
            _aborting.TryAdd(next.ProducerId, new Aborting(next));
        }
    }

    private sealed class Aborting(AbortedTransaction transaction)
    {
        public AbortedTransaction Transaction => transaction;

        /// <summary>Whether the walk has met data of it.</summary>
        public bool HasData { get; set; }
    }
}

/// <summary>What becomes of a control batch.</summary>
/// <param name="IsDone">No data of its transaction was met, and no snapshot has it open: the marker may go once its time has come.</param>
/// <param name="Aborted">What readers must still know.</param>
internal readonly record struct MarkerFate(bool IsDone, AbortedTransaction? Aborted);
