using Moldau.Log.Commit;
using Moldau.Log.Producers;

namespace Moldau.Log;

/// <summary>
/// How far a log is committed: its high watermark, those who wait for it, and those who are told that it has moved, or that it will not move
/// any more. Takes no lock of the log.
/// </summary>
internal sealed class LogCommits(PartitionLog log, StableOffset stable, CommitDeadlines deadlines)
{
    private readonly CommitWaiters _waiters = new(deadlines);
    private volatile IHighWatermarkListener[] _listeners = [];
    private volatile Exception? _failure;
    private long _highWatermark;

    public long HighWatermark => Volatile.Read(ref _highWatermark);

    /// <summary>Why nothing more is committed; null as long as something may be.</summary>
    public Exception? Failure => _failure;

    public ValueTask ReachedAsync(long endOffset, long deadline, CancellationToken hurry) =>
        HighWatermark >= endOffset ? ValueTask.CompletedTask : _waiters.WaitAsync(endOffset, deadline, hurry);

    /// <summary>Nobody knows when anything more will be committed.</summary>
    public void Stalled() => _waiters.Stalled();

    public void AddListener(IHighWatermarkListener listener)
    {
        lock (_waiters) _listeners = [.. _listeners, listener];
    }

    /// <summary>What was appended up to the offset will not be lost any more.</summary>
    public void Commit(long endOffset)
    {
        if (!Advance(endOffset)) return;
        _waiters.Reached(endOffset);
        NotifyListeners();
    }

    /// <summary>The same for a log that is being recovered, where nobody waits yet. False where the offset was reached before.</summary>
    public bool Advance(long endOffset)
    {
        long before = HighWatermark;
        while (before < endOffset)
        {
            long seen = Interlocked.CompareExchange(ref _highWatermark, endOffset, before);
            if (seen == before)
            {
                stable.HighWatermarkMoved(endOffset);
                return true;
            }
            before = seen;
        }
        return false;
    }

    /// <summary>The log ends at the offset now, in a recovery.</summary>
    public void Truncated(long logEnd) => Volatile.Write(ref _highWatermark, Math.Min(_highWatermark, logEnd));

    /// <summary>From now on nothing is committed, and who waits is told. False if that was so before: then he has been told.</summary>
    public bool TryFail(Exception cause, string message)
    {
        if (Interlocked.CompareExchange(ref _failure, cause, null) is not null) return false;
        TellWaiters(message, cause);
        return true;
    }

    /// <summary>Likewise, and who waits is told in any case.</summary>
    public void Stop(string reason, Exception? cause)
    {
        Interlocked.CompareExchange(ref _failure, cause ?? new LogOfflineException(reason), null);
        TellWaiters(reason, cause);
    }

    private void TellWaiters(string message, Exception? cause)
    {
        _waiters.Fail(new LogOfflineException(message, cause));
        NotifyListeners();
    }

    private void NotifyListeners()
    {
        foreach (var listener in _listeners) listener.HighWatermarkMoved(log);
    }
}
