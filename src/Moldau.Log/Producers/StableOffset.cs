namespace Moldau.Log.Producers;

/// <summary>
/// Follows what holds the last stable offset back: open transactions, and those whose marker is not yet committed. It has a
/// lock of its own, since the committer asks while an append may hold the partition's.
/// </summary>
internal sealed class StableOffset
{
    private readonly Lock _lock = new();
    private readonly SortedSet<long> _open = [];
    private readonly List<(long First, long Marker)> _ended = [];
    private long _firstUnstable = long.MaxValue;

    /// <summary>The first offset that is not stable below the high watermark; the largest number if all are.</summary>
    public long FirstUnstable => Volatile.Read(ref _firstUnstable);

    public void Begin(long firstOffset)
    {
        lock (_lock)
        {
            _open.Add(firstOffset);
            Recompute();
        }
    }

    /// <summary>A marker ended a transaction. The answer is the last stable offset as it will be once the marker is committed.</summary>
    public long End(long firstOffset, long markerOffset)
    {
        lock (_lock)
        {
            _open.Remove(firstOffset);
            _ended.Add((firstOffset, markerOffset));
            return _open.Count > 0 ? _open.Min : markerOffset + 1;
        }
    }

    public void HighWatermarkMoved(long highWatermark)
    {
        if (FirstUnstable == long.MaxValue) return;
        lock (_lock)
        {
            _ended.RemoveAll(transaction => transaction.Marker < highWatermark);
            Recompute();
        }
    }

    /// <summary>Begins anew with the open transactions of a log that was loaded or cut.</summary>
    public void Reset(IEnumerable<long> openTransactions)
    {
        lock (_lock)
        {
            _open.Clear();
            _ended.Clear();
            _open.UnionWith(openTransactions);
            Recompute();
        }
    }

    private void Recompute()
    {
        long first = _open.Count > 0 ? _open.Min : long.MaxValue;
        foreach (var (ended, _) in _ended) first = Math.Min(first, ended);
        Volatile.Write(ref _firstUnstable, first);
    }
}
