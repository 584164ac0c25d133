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
/// Does what a log directory needs from time to time. Compaction has a thread of its own: a pass over a large log takes minutes, and old
/// segments must not stay for it.
/// </summary>
internal sealed class UpkeepService : IDisposable
{
    private readonly PeriodicWorker _upkeep;
    private readonly PeriodicWorker _compaction;
    private readonly PeriodicTask _compact;
    private readonly CancellationTokenSource _stop = new();

    public UpkeepService(LogDirectory directory, LogDirectoryOptions options)
    {
        var intervals = options.Upkeep;
        PeriodicWorker Worker(string name, params PeriodicTask[] tasks) => new(
            name, tasks, options.Clock, Within(intervals.InitialDelayMs), options.Observer.UpkeepFailed, directory.Fail);
        _upkeep = Worker(
            "Moldau upkeep",
            Task("retention", intervals.RetentionCheckMs, directory.Upkeep.DeleteOldSegments),
            Task("deletion of files", intervals.DeletionCheckMs, directory.Upkeep.DeleteDueFiles),
            Task("checkpoints", intervals.CheckpointMs, directory.Upkeep.FlushForRestart),
            Task("expiry of producers", intervals.ProducerExpirationCheckMs, directory.Upkeep.RemoveExpiredProducers));
        _compact = Task("compaction", intervals.CompactionCheckMs, () => directory.Upkeep.CompactLogs(_stop.Token));
        _compaction = Worker("Moldau compaction", _compact);
    }

    public void CheckForCompactionEvery(long ms)
    {
        if (_compact.Interval == Within(ms)) return;
        _compact.Interval = Within(ms);
        _compaction.Reschedule();
    }

    public void Dispose()
    {
        _stop.Cancel();
        _compaction.Dispose();
        _upkeep.Dispose();
        _stop.Dispose();
    }

    private static PeriodicTask Task(string name, long intervalMs, Action run) =>
        new(name, Within(intervalMs), run);

    /// <summary>A time that a timer can be set to: it counts no further, and 24 days are as good as never.</summary>
    private static TimeSpan Within(long ms) => TimeSpan.FromMilliseconds(Math.Min(ms, int.MaxValue));
}
