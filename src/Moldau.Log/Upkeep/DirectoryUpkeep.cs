using Moldau.Log.Cleaning;

namespace Moldau.Log.Upkeep;

/// <summary>What the logs of a directory need from time to time. <see cref="UpkeepService"/> says when; without it, whoever calls.</summary>
internal sealed class DirectoryUpkeep : IDisposable
{
    private readonly LogDirectory _directory;
    private readonly LogObserver _observer;
    private readonly DeferredDeletions _deletions;
    private readonly LogCleaner _cleaner;
    private UpkeepService? _service;

    public DirectoryUpkeep(LogDirectory directory, LogEnvironment environment, CleaningSettings cleaning)
    {
        (_directory, _observer) = (directory, environment.Observer);
        _deletions = new DeferredDeletions(environment);
        _cleaner = new LogCleaner(directory, environment, _deletions, cleaning);
    }

    /// <summary>What compaction may take.</summary>
    public CleaningSettings Cleaning => _cleaner.Settings;

    /// <summary>From now on all of it is done by threads of its own.</summary>
    public void Start(LogDirectoryOptions options) => _service = new UpkeepService(_directory, options);

    /// <summary>Changes what compaction may take, from its next pass on, and how often it is looked for logs that need it.</summary>
    public void ChangeCleaning(CleaningSettings settings, long checkMs)
    {
        _cleaner.Settings = settings;
        _service?.CheckForCompactionEvery(checkMs);
    }

    /// <summary>Compacts the logs that ask for it.</summary>
    public void CompactLogs(CancellationToken stop) => _cleaner.Run(stop);

    /// <summary>Writes the checkpoints; what much was written to first gets a place from which recovery may go on.</summary>
    public void FlushForRestart()
    {
        foreach (var log in _directory.Partitions)
        {
            if (log.Failure is null && log.IsResumePointDue) TryFlush(log);
        }
        _directory.WriteCheckpoints();
    }

    /// <summary>Takes out of all logs the segments that retention gives up. Their files go after a while.</summary>
    public void DeleteOldSegments()
    {
        FlushForRetention();
        foreach (var log in _directory.Partitions)
        {
            if (!log.Cleaning.Turn.TryEnter()) continue; // Its turn is the next time.
            try
            {
                DeleteOldSegments(log);
            }
            finally
            {
                log.Cleaning.Turn.Exit();
            }
        }
    }

    /// <summary>Deletes files of segments whose time to stay is over.</summary>
    public void DeleteDueFiles() => _deletions.DeleteDue();

    /// <summary>Forgets producers that have been idle for too long.</summary>
    public void RemoveExpiredProducers()
    {
        foreach (var log in _directory.Partitions) log.RemoveExpiredProducers();
    }

    /// <summary>Ends the threads after what they are at.</summary>
    public void Dispose() => _service?.Dispose();

    /// <summary>Closes the files that wait for their deletion; the next start deletes them.</summary>
    public void CloseFiles() => _deletions.Close();

    private void DeleteOldSegments(PartitionLog log)
    {
        var old = log.TakeOldSegments();
        if (old.Length == 0) return;
        foreach (var segment in old) _deletions.Add(segment, log.Settings.FileDeleteDelayMs);
        _observer.SegmentsDeleted(log.Name, old.Length, log.LogStartOffset);
    }

    /// <summary>
    /// Where segments are old that the recovery-point checkpoint does not cover yet. A failure, on a full disk say, leaves those
    /// for later: the rest can go, and may make room.
    /// </summary>
    private void FlushForRetention()
    {
        var logs = _directory.Partitions.Where(TryPrepareRetention).ToList();
        if (logs.Count == 0) return;
        try
        {
            foreach (var log in logs) log.Flush();
            _directory.WriteCheckpoints();
        }
        catch (IOException e)
        {
            _observer.CheckpointsNotWritten(e);
        }
    }

    /// <summary>One log that cannot begin another segment, for want of room say, does not keep the others from making some.</summary>
    private bool TryPrepareRetention(PartitionLog log)
    {
        try
        {
            return log.PrepareRetention();
        }
        catch (IOException e)
        {
            _observer.UpkeepFailed($"retention of {log.Name}", e);
            return false;
        }
    }

    private static void TryFlush(PartitionLog log)
    {
        try
        {
            log.FlushInBackground();
        }
        catch (IOException)
        {
            // The disk is full, or the partition has gone offline and said why. The others go on.
        }
    }
}
