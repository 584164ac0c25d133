namespace Moldau.Log.Tests;

/// <summary>What the transactions of one producer must have left in a partition, by the batches that were appended.</summary>
internal sealed class TransactionModel
{
    public const int ProducerId = 6;

    private const byte Abort = 0;

    private readonly List<(long First, long Marker, bool IsAborted)> _ended = [];
    private long? _open;

    public TransactionModel(IEnumerable<(long BaseOffset, Batch Batch)> appended)
    {
        foreach (var (baseOffset, batch) in appended)
        {
            if (batch.ProducerId != ProducerId) continue;
            if (batch.Marker is null) _open ??= baseOffset;
            else End(baseOffset, batch);
        }
    }

    public bool IsOpen => _open is not null;

    /// <summary>Whether readers at read_committed see the batch's records.</summary>
    public bool IsCommitted(long baseOffset, Batch batch)
    {
        if (batch.Marker is not null || baseOffset >= _open) return false;
        return batch.ProducerId != ProducerId || _ended.Exists(ended => !ended.IsAborted && ended.First <= baseOffset && baseOffset < ended.Marker);
    }

    /// <summary>Whether a transaction began before the offset and did not end there.</summary>
    public bool IsCutBy(long logStartOffset) => _open < logStartOffset || _ended.Exists(ended => ended.First < logStartOffset && logStartOffset <= ended.Marker);

    /// <summary>
    /// What readers at read_committed are told. Of transactions that began before the log's start, nothing need be known. Of those that began where
    /// compaction may have been, it may have taken the first records, or all.
    /// </summary>
    public string? Compare(PartitionLog log, long compactedMax)
    {
        long start = log.LogStartOffset;
        var aborted = _ended.Where(ended => ended.IsAborted).ToDictionary(ended => ended.Marker, ended => ended.First);
        var found = log.AbortedTransactions(start, log.LogEndOffset).Select(transaction => (First: transaction.FirstOffset, Marker: transaction.LastOffset)).ToHashSet();
        var missing = aborted.Where(transaction => transaction.Value >= Math.Max(start, compactedMax) && !found.Contains((transaction.Value, transaction.Key))).ToList();
        if (missing.Count > 0) return $"the aborted transaction that ends at {missing[0].Key} is not known";
        if (!found.All(IsKnown)) return $"a transaction counts as aborted that is not: {string.Join(", ", found)}";
        long stable = _open >= start ? _open.Value : log.HighWatermark;
        return _open is null || _open >= start ? (log.LastStableOffset == stable ? null : $"the last stable offset is {log.LastStableOffset}, not {stable}") : null;

        bool IsKnown((long First, long Marker) transaction) => aborted.TryGetValue(transaction.Marker, out long first)
            && (first == transaction.First || (first < transaction.First && first < compactedMax));
    }

    private void End(long markerOffset, Batch marker)
    {
        if (_open is { } first) _ended.Add((first, markerOffset, marker.Marker == Abort));
        _open = null;
    }
}
