using System.Runtime.CompilerServices;
using Moldau.Log;

namespace Moldau.Broker.Waits;

/// <summary>Fetches that wait for data. A partition that nobody waits for costs its appends one look at a counter.</summary>
internal sealed class FetchWaits(TimeProvider time)
{
    /// <summary>As long as librdkafka's longest. Whoever asks for more gets an answer without records then, and asks again.</summary>
    private static readonly TimeSpan LongestWait = TimeSpan.FromMinutes(5);

    // Weak, so that the log of a deleted partition is not kept alive by having been watched once.
    private readonly ConditionalWeakTable<PartitionLog, Watch> _watches = [];

    /// <summary>How long a fetch may wait that asks for so many milliseconds.</summary>
    public static TimeSpan AtMost(int maxWaitMs) => TimeSpan.FromTicks(Math.Min(maxWaitMs * TimeSpan.TicksPerMillisecond, LongestWait.Ticks));

    /// <summary>Begins to watch the logs. What moves from now on is seen; what moved before must be looked at after this call.</summary>
    public FetchWait Begin(IReadOnlyCollection<PartitionLog> logs)
    {
        var watches = new List<Watch>(logs.Count);
        var wait = new FetchWait(watches, time);
        foreach (var log in logs)
        {
            var watch = _watches.GetValue(log, static log => new Watch(log));
            watch.Add(wait);
            watches.Add(watch);
        }
        return wait;
    }

    /// <summary>The waiting fetches of one partition.</summary>
    internal sealed class Watch : IHighWatermarkListener
    {
        private readonly HashSet<FetchWait> _waits = [];
        private volatile int _count;

        public Watch(PartitionLog log) => log.AddListener(this);

        public void HighWatermarkMoved(PartitionLog log)
        {
            if (_count == 0) return;
            lock (_waits)
            {
                foreach (var wait in _waits) wait.Wake();
            }
        }

        public void Add(FetchWait wait)
        {
            lock (_waits)
            {
                _waits.Add(wait);
                _count = _waits.Count;
            }
        }

        public void Remove(FetchWait wait)
        {
            lock (_waits)
            {
                _waits.Remove(wait);
                _count = _waits.Count;
            }
        }
    }
}

/// <summary>One waiting fetch. Its continuation runs on the thread pool, never on the committer's thread.</summary>
internal sealed class FetchWait(List<FetchWaits.Watch> watches, TimeProvider time) : IDisposable
{
    private volatile TaskCompletionSource _woken = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public void Wake() => _woken.TrySetResult();

    /// <summary>Until a partition has moved since the last wait, the time is over, or the connection is closed.</summary>
    public async ValueTask WaitAsync(TimeSpan atMost, CancellationToken closed)
    {
        using var timer = time.CreateTimer(static wait => ((FetchWait)wait!).Wake(), this, atMost, Timeout.InfiniteTimeSpan);
        using var registration = closed.UnsafeRegister(static wait => ((FetchWait)wait!).Wake(), this);
        await _woken.Task.ConfigureAwait(false);
        _woken = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    public void Dispose()
    {
        foreach (var watch in watches) watch.Remove(this);
    }
}
