using Moldau.Log.Upkeep;

namespace Moldau.Log.Cleaning;

/// <summary>Compacts the logs of a directory that ask for it, the dirtiest first. One thread at a time, beside that of all other upkeep.</summary>
internal sealed class LogCleaner(LogDirectory directory, LogEnvironment environment, DeferredDeletions deletions, CleaningSettings settings)
{
    private volatile CleaningSettings _settings = settings;

    /// <summary>May be replaced at any time; the next pass obeys.</summary>
    public CleaningSettings Settings { get => _settings; set => _settings = value; }

    /// <summary>Makes passes until no log is dirty enough. One that failed, for want of room say, is left for the next time.</summary>
    public void Run(CancellationToken stop)
    {
        if (!_settings.IsEnabled) return;
        var failed = new HashSet<PartitionLog>();
        while (!stop.IsCancellationRequested && Dirtiest(failed) is { } next)
        {
            lock (next.Log.Cleaning.Turn)
            {
                if (!TryClean(next.Log, stop)) failed.Add(next.Log);
            }
        }
    }

    private (PartitionLog Log, CleaningRange Range)? Dirtiest(HashSet<PartitionLog> failed)
    {
        long nowMs = environment.NowMs;
        (PartitionLog Log, CleaningRange Range)? dirtiest = null;
        foreach (var log in directory.Partitions)
        {
            if (!IsCompacted(log) || log.Cleaning.Uncleanable is not null || failed.Contains(log)) continue;
            var range = CleaningRange.Of(log, nowMs);
            if (!range.IsWorthwhile(log.Settings.MinCleanableDirtyRatio)) continue;
            if (dirtiest is null || range.DirtyRatio > dirtiest.Value.Range.DirtyRatio) dirtiest = (log, range);
        }
        return dirtiest;
    }

    /// <summary>The metadata has snapshots instead; records of its log have no keys.</summary>
    private static bool IsCompacted(PartitionLog log) =>
        log.Settings.CleanupPolicy.HasFlag(CleanupPolicies.Compact) && log.Name != LogDirectory.MetadataPartition && log.Failure is null;

    private bool TryClean(PartitionLog log, CancellationToken stop)
    {
        try
        {
            var range = CleaningRange.Of(log, environment.NowMs); // Retention may have been here since.
            var producers = log.LastProducers();
            MakeDurable(log, producers.LogEndOffset);
            using var pass = new CleaningPass(environment, log, _settings)
            {
                ActiveProducers = producers.ById,
                Replaced = segment => deletions.Add(segment, log.Settings.FileDeleteDelayMs),
            };
            var stats = pass.Run(range, stop);
            log.Cleaning.CleanedOffset = stats.ToOffset;
            environment.Observer.Cleaned(log.Name, stats);
            directory.WriteCheckpoints();
            return true;
        }
        catch (UncleanableLogException e)
        {
            log.Cleaning.Uncleanable = e;
            environment.Observer.LogUncleanable(log.Name, e);
            return false;
        }
        catch (Exception e)
        {
            // Whatever it was, want of memory say, it is this log's: the others are cleaned, and all go on being served. A log that was
            // closed or deleted meanwhile has nothing to tell.
            if (!log.IsClosed && !stop.IsCancellationRequested) environment.Observer.CleaningFailed(log.Name, e);
            return false;
        }
    }

    /// <summary>
    /// The journal must not be asked any more for what is rewritten: it has the batches as they were, and would take the log for
    /// another. Frames below the written recovery point are never compared. And all up to the log's end must be there after a power cut: the pass
    /// may drop what producers wrote before their last batches, which then hold their states alone.
    /// </summary>
    private void MakeDurable(PartitionLog log, long offset)
    {
        if (log.WrittenRecoveryPoint >= offset) return;
        log.Flush();
        directory.WriteCheckpoints();
        // A flush without room for the leader epochs succeeds, and leaves the recovery point where it was.
        if (log.WrittenRecoveryPoint < offset) throw log.NotNoted;
    }
}
