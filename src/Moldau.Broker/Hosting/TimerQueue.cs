using Moldau.Coordination;

namespace Moldau.Broker.Hosting;

/// <summary>Is told of its timers, on the queue's thread: it must be brief.</summary>
internal interface ITimerOwner
{
    void TimerFired(TimerKey key);
}

/// <summary>The timers of all shards of a broker, on one thread of their own. They fire at their deadline or later, each once.</summary>
internal sealed class TimerQueue : IDisposable
{
    /// <summary>
    /// Entries of cancelled and moved timers stay in the heap until their time comes, or until they are so many more than the rest.
    /// </summary>
    private const int StaleMin = 1_024;

    private readonly BrokerClock _clock;
    private readonly Lock _lock = new();
    private readonly Dictionary<(ITimerOwner Owner, TimerKey Key), long> _deadlines = [];
    private readonly AutoResetEvent _wake = new(initialState: false);
    private readonly ITimer _alarm;
    private readonly Thread _thread;
    private PriorityQueue<(ITimerOwner Owner, TimerKey Key), long> _heap = new();
    private long _nextMs = long.MaxValue;
    private bool _stops;

    public TimerQueue(BrokerClock clock)
    {
        _clock = clock;
        var never = Timeout.InfiniteTimeSpan;
        _alarm = clock.Time.CreateTimer(static wake => ((AutoResetEvent)wake!).Set(), _wake, never, never);
        _thread = new Thread(Run) { IsBackground = true, Name = "Moldau timers" };
        _thread.Start();
    }

    /// <summary>Arms the timer, or moves it if it is armed already.</summary>
    public void Arm(ITimerOwner owner, TimerKey key, long deadlineMs)
    {
        lock (_lock)
        {
            if (_stops) return;
            _deadlines[(owner, key)] = deadlineMs;
            _heap.Enqueue((owner, key), deadlineMs);
            if (_heap.Count > StaleMin + (2 * _deadlines.Count)) DropStale();
            if (deadlineMs < _nextMs) _wake.Set();
        }
    }

    public void Cancel(ITimerOwner owner, TimerKey key)
    {
        lock (_lock) _deadlines.Remove((owner, key));
    }

    public void Dispose()
    {
        lock (_lock)
        {
            if (_stops) return;
            _stops = true;
        }
        _wake.Set();
        if (Thread.CurrentThread != _thread) _thread.Join();
        _alarm.Dispose();
        _wake.Dispose();
    }

    private void Run()
    {
        while (true)
        {
            while (TakeDue() is var (owner, key)) owner.TimerFired(key);
            lock (_lock)
            {
                if (_stops) return;
            }
            _wake.WaitOne();
        }
    }

    /// <summary>The next timer that is due; null, with the alarm set for the next one, if none is.</summary>
    private (ITimerOwner Owner, TimerKey Key)? TakeDue()
    {
        lock (_lock)
        {
            long nowMs = _clock.TimerMs;
            while (!_stops && _heap.TryPeek(out var timer, out long deadlineMs))
            {
                bool isStale = !_deadlines.TryGetValue(timer, out long current) || current != deadlineMs;
                if (!isStale && deadlineMs > nowMs)
                {
                    _nextMs = deadlineMs;
                    _alarm.Change(TimeSpan.FromMilliseconds(deadlineMs - nowMs), Timeout.InfiniteTimeSpan);
                    return null;
                }
                _heap.Dequeue();
                if (isStale) continue;
                _deadlines.Remove(timer);
                return timer;
            }
            _nextMs = long.MaxValue;
            return null;
        }
    }

    private void DropStale() => _heap = new(_deadlines.Select(timer => (timer.Key, timer.Value)));
}
