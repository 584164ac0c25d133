using Moldau.Log.Commit;

namespace Moldau.Log.Upkeep;

/// <summary>Something that is done from time to time.</summary>
internal sealed class PeriodicTask(string name, TimeSpan interval, Action run)
{
    public string Name => name;

    /// <summary>May change at any time; <see cref="PeriodicWorker.Reschedule"/> makes a wait under way obey.</summary>
    public TimeSpan Interval { get; set; } = interval;

    public Action Run => run;

    /// <summary>When it began last; null if it never did.</summary>
    public long? Last { get; set; }
}

/// <summary>Runs tasks when they are due, on a thread of its own. A task that fails says so and comes again at its next time.</summary>
internal sealed class PeriodicWorker : IDisposable
{
    private readonly TimeProvider _clock;
    private readonly PeriodicTask[] _tasks;
    private readonly BackgroundWorker _worker;
    private readonly ITimer _timer;
    private readonly Action<string, Exception> _failed;
    private volatile bool _isStopping;

    /// <param name="name">The thread's.</param>
    /// <param name="tasks">What there is to do.</param>
    /// <param name="clock">By which it is due.</param>
    /// <param name="initialDelay">Nothing is done before.</param>
    /// <param name="failed">Told of a task that failed.</param>
    /// <param name="ended">Told of an exception of the worker itself, after which the thread has ended.</param>
    public PeriodicWorker(string name, PeriodicTask[] tasks, TimeProvider clock, TimeSpan initialDelay, Action<string, Exception> failed, Action<Exception> ended)
    {
        (_clock, _tasks, _failed) = (clock, tasks, failed);
        _worker = new BackgroundWorker(name, RunDue, ended);
        _timer = _clock.CreateTimer(_ => _worker.Wake(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        // Only now: a round asks the timer for the next one, also where the delay is 0.
        _timer.Change(initialDelay, Timeout.InfiniteTimeSpan);
    }

    /// <summary>After an interval has changed. Before the first round there is nothing to do: it comes after the initial delay.</summary>
    public void Reschedule()
    {
        if (Array.TrueForAll(_tasks, task => task.Last is not null)) _worker.Wake();
    }

    public void Dispose()
    {
        _isStopping = true;
        _worker.Dispose(); // First: a round that is under way sets the timer, and not every clock's timers bear to be set while they are disposed.
        _timer.Dispose();
    }

    /// <summary>Runs what is due, and asks to be woken for what comes next. There is never a second round at once.</summary>
    private bool RunDue()
    {
        if (_isStopping) return false; // A worker that ends runs a last round, and nothing here is for that moment.
        foreach (var task in _tasks)
        {
            if (task.Last is { } last && _clock.GetElapsedTime(last) < task.Interval) continue;
            task.Last = _clock.GetTimestamp();
            Run(task);
        }
        var next = _tasks.Min(task => task.Interval - _clock.GetElapsedTime(task.Last!.Value));
        _timer.Change(next > TimeSpan.Zero ? next : TimeSpan.FromMilliseconds(1), Timeout.InfiniteTimeSpan);
        return false;
    }

    /// <summary>What a task could not do, whatever the reason, is no reason to stop the broker: nobody's records depend on it.</summary>
    private void Run(PeriodicTask task)
    {
        try
        {
            task.Run();
        }
        catch (Exception e)
        {
            _failed(task.Name, e);
        }
    }
}
