namespace Moldau.Log.Commit;

/// <summary>
/// Ends the waits for commits whose time is over. Nearly all end by themselves within milliseconds, so none has a timer of its own: there is
/// one for all logs, and it runs only while somebody waits.
/// </summary>
internal sealed class CommitDeadlines : IDisposable
{
    /// <summary>How late a wait may end.</summary>
    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(250);

    private readonly Lock _lock = new();
    private readonly TimeProvider _clock;
    private readonly ITimer _timer;
    private List<CommitWaiters> _watched = [];

    public CommitDeadlines(TimeProvider clock)
    {
        _clock = clock;
        _timer = clock.CreateTimer(static deadlines => ((CommitDeadlines)deadlines!).Look(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>A timestamp, as deadlines are.</summary>
    public long Now => _clock.GetTimestamp();

    /// <summary>Somebody waits there now, and nobody did.</summary>
    public void Watch(CommitWaiters waiters)
    {
        lock (_lock)
        {
            _watched.Add(waiters);
            if (_watched.Count == 1) _timer.Change(LookEvery, Timeout.InfiniteTimeSpan);
        }
    }

    public void Dispose() => _timer.Dispose();

    private void Look()
    {
        List<CommitWaiters> watched;
        lock (_lock) (watched, _watched) = (_watched, []);
        foreach (var waiters in watched)
        {
            if (waiters.EndLate(Now)) Watch(waiters);
        }
    }
}
