namespace Moldau.Log.Commit;

/// <summary>Commits by flushing the segments that were written to, all of a round at once.</summary>
internal sealed class FlushCommitter : ICommitter
{
    private readonly Lock _lock = new();
    private List<PartitionLog> _gathering = [];
    private List<PartitionLog> _committing = [];
    private long _round;

    public void WaitForRoom()
    {
        // Nothing is copied here: what waits stands in the page cache.
    }

    public void Gather(PartitionLog log, ReadOnlySpan<byte> batch, long endOffset)
    {
        lock (_lock)
        {
            if (log.CommitSlot.Round == _round) return;
            log.CommitSlot.Round = _round;
            _gathering.Add(log);
        }
    }

    public bool RunRound()
    {
        lock (_lock)
        {
            if (_gathering.Count == 0) return false;
            (_gathering, _committing) = (_committing, _gathering);
            _round++;
        }
        foreach (var log in _committing) Commit(log);
        _committing.Clear();
        return true;
    }

    public void Dispose()
    {
    }

    private static void Commit(PartitionLog log)
    {
        try
        {
            log.Flush();
            log.Commit(log.RecoveryPoint);
        }
        catch (IOException)
        {
            // The partition has gone offline and told those who wait; the others go on.
        }
    }
}
