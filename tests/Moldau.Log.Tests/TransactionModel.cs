namespace Moldau.Log.Tests;

/// <summary>What the transactions of one producer must have left in a partition, by the batches that were appended.</summary>
internal sealed class TransactionModel
{
    public const int ProducerId = 6;

    private const byte Abort = 0;

    private readonly List<(long First, long Marker)> _aborted = [];
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

    /// <summary>What readers at read_committed are told. Of transactions that began before the log's start, nothing need be known.</summary>
    public string? Compare(PartitionLog log)
    {
        long start = log.LogStartOffset;
        var found = log.AbortedTransactions(start, log.LogEndOffset).Select(aborted => (aborted.FirstOffset, aborted.LastOffset)).ToHashSet();
        if (_aborted.FirstOrDefault(aborted => aborted.First >= start && !found.Contains(aborted)) is (_, > 0) missing) return $"the aborted transaction {missing} is not known";
        if (found.Any(aborted => !_aborted.Contains(aborted))) return $"a transaction counts as aborted that is not: {string.Join(", ", found)}";
        long stable = _open >= start ? _open.Value : log.HighWatermark;
        return _open is null || _open >= start ? (log.LastStableOffset == stable ? null : $"the last stable offset is {log.LastStableOffset}, not {stable}") : null;
    }

    private void End(long markerOffset, Batch marker)
    {
        if (_open is { } first && marker.Marker == Abort) _aborted.Add((first, markerOffset));
        _open = null;
    }
}
