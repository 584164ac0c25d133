using Moldau.Log.Commit;

namespace Moldau.Log.Upkeep;

/// <summary>How often a log directory looks after its logs.</summary>
internal sealed record UpkeepIntervals
{
    /// <summary>log.initial.task.delay.ms: nothing is done before.</summary>
    public long InitialDelayMs { get; init; } = 30_000;

    /// <summary>log.retention.check.interval.ms</summary>
    public long RetentionCheckMs { get; init; } = 300_000;

    /// <summary>log.flush.offset.checkpoint.interval.ms</summary>
    public long CheckpointMs { get; init; } = 60_000;

    /// <summary>producer.id.expiration.check.interval.ms</summary>
    public long ProducerExpirationCheckMs { get; init; } = 600_000;

    /// <summary>log.cleaner.backoff.ms: how often it is looked for logs to compact.</summary>
    public long CompactionCheckMs { get; init; } = 15_000;

    /// <summary>How often it is looked for files whose deletion is due.</summary>
    public long DeletionCheckMs { get; init; } = 10_000;
}

/// <summary>
/// Does what a log directory needs from time to time, on a thread of its own. A task that fails says so and comes again at its
/// next time.
/// </summary>
internal sealed class UpkeepService : IDisposable
{
    private readonly TimeProvider _clock;
    private readonly LogObserver _observer;
    private readonly PeriodicTask[] _tasks;
    private readonly BackgroundWorker _worker;
    private readonly ITimer _timer;
    private readonly CancellationTokenSource _stop = new();

    public UpkeepService(LogDirectory directory, LogDirectoryOptions options)
    {
        (_clock, _observer) = (options.Clock, options.Observer);
        var intervals = options.Upkeep;
        _tasks =
        [
            Task("retention", intervals.RetentionCheckMs, directory.DeleteOldSegments),
            Task("compaction", intervals.CompactionCheckMs, () => directory.CompactLogs(_stop.Token)),
            Task("deletion of files", intervals.DeletionCheckMs, directory.DeleteDueFiles),
            Task("checkpoints", intervals.CheckpointMs, directory.FlushForRestart),
            Task("expiry of producers", intervals.ProducerExpirationCheckMs, directory.RemoveExpiredProducers),
        ];
        _worker = new BackgroundWorker("Moldau upkeep", RunDue, directory.Fail);
        _timer = _clock.CreateTimer(_ => _worker.Wake(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        // Only now: a round asks the timer for the next one, also where the delay is 0.
        _timer.Change(TimeSpan.FromMilliseconds(intervals.InitialDelayMs), Timeout.InfiniteTimeSpan);
    }

    public void Dispose()
    {
        _stop.Cancel();
        _timer.Dispose();
        _worker.Dispose();
        _stop.Dispose();
    }

    private static PeriodicTask Task(string name, long intervalMs, Action run) =>
        new(name, TimeSpan.FromMilliseconds(Math.Min(intervalMs, int.MaxValue)), run);

    /// <summary>Runs what is due, and asks to be woken for what comes next. There is never a second round at once.</summary>
    private bool RunDue()
    {
        if (_stop.IsCancellationRequested) return false; // A worker that ends runs a last round, and nothing here is for that moment.
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

    private void Run(PeriodicTask task)
    {
        try
        {
            task.Run();
        }
        catch (IOException e)
        {
            _observer.UpkeepFailed(task.Name, e);
        }
    }

    private sealed class PeriodicTask(string name, TimeSpan interval, Action run)
    {
        public string Name => name;

        public TimeSpan Interval => interval;

        public Action Run => run;

        /// <summary>When it began last; null if it never did.</summary>
        public long? Last { get; set; }
    }
}
