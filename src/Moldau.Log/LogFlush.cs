using Moldau.Log.Checkpoints;
using Moldau.Log.Files;
using Moldau.Log.Segments;

namespace Moldau.Log;

/// <summary>Makes a log's own files durable and knows up to where they are. One flush runs at a time; appends go on meanwhile.</summary>
internal sealed class LogFlush(LogEnvironment environment, PartitionLog log, Lock appendLock, long recoveryPoint)
{
    private readonly Lock _running = new();
    private readonly List<Segment> _dirty = [];
    private readonly ResumePoints _resumePoints = new(environment, log);
    private long _recoveryPoint = recoveryPoint;
    private volatile bool _isDirectoryDurable;
    private volatile Exception? _failure;
    private volatile StorageExhaustedException? _epochsLack;

    public long RecoveryPoint => Volatile.Read(ref _recoveryPoint);

    /// <summary>
    /// Whether a flush has failed. The system may then have dropped what it could not write and let the next flush succeed, so
    /// nothing that this log's own files hold is believed durable any more.
    /// </summary>
    public bool HasFailed => _failure is not null;

    /// <summary>What the last flush lacked to note how far it came; null where it lacked nothing.</summary>
    public StorageExhaustedException? EpochsLack => _epochsLack;

    /// <summary>Flushes what is dirty. In a closed log there is nothing to flush: its files are gone, or were flushed before.</summary>
    public void Run()
    {
        lock (_running) Attempt(() => Flush(resumePoint: false));
    }

    /// <summary>Flushes in the background, where there is time to make a resume point too.</summary>
    public void RunWithResumePoint()
    {
        lock (_running) Attempt(() => Flush(resumePoint: true));
    }

    /// <summary>A new partition's directory is made durable with its first commit, so that making many partitions costs little.</summary>
    public void MakeDirectoryDurable()
    {
        if (_isDirectoryDurable) return;
        lock (_running) Attempt(FlushPlace);
    }

    public void Truncated(long end) => Volatile.Write(ref _recoveryPoint, Math.Min(end, RecoveryPoint));

    /// <summary>Runs what neither a flush nor the closing of the log may meet.</summary>
    public void RunApart(Action change)
    {
        lock (_running)
        {
            ObjectDisposedException.ThrowIf(log.IsClosed, log);
            change();
        }
    }

    /// <summary>Closes the segments' files, once no flush and no append is under way.</summary>
    public void Close()
    {
        lock (_running)
        {
            lock (appendLock)
            {
                foreach (var segment in log.Segments.All) segment.Dispose();
            }
        }
    }

    private void Attempt(Action flush)
    {
        if (log.IsClosed) return;
        if (_failure is { } before) throw new IOException($"A former flush of {log.Name} failed: {before.Message}", before);
        try
        {
            flush();
        }
        catch (StorageExhaustedException)
        {
            // No flush has failed: what could not be opened or written is tried again.
            foreach (var segment in _dirty) segment.IsDirty = true;
            throw;
        }
        catch (Exception e)
        {
            _failure = e;
            throw;
        }
    }

    private void Flush(bool resumePoint)
    {
        long end;
        ResumePoint? resume;
        _dirty.Clear();
        lock (appendLock)
        {
            end = log.LogEndOffset;
            CollectDirty();
            resume = resumePoint ? _resumePoints.Begin() : null;
        }
        // A partition that never had a record needs no place on the disk: the metadata knows it.
        if (end == 0 && _dirty.Count == 0) return;
        if (_dirty.Count > 0)
        {
            FlushPlace();
            FlushDirty();
        }
        if (resume is not null) _resumePoints.Complete(resume);
        // Behind the recovery point the start looks for epochs in the batches.
        if (TrySaveEpochs()) Volatile.Write(ref _recoveryPoint, Math.Max(end, RecoveryPoint));
    }

    private void FlushPlace()
    {
        if (_isDirectoryDurable) return;
        string directory = log.Identity.Directory;
        PartitionMetadata.WriteDurably(environment.Files, Path.Combine(directory, PartitionMetadata.FileName), log.TopicId);
        environment.Files.FlushDirectory(directory);
        environment.Files.FlushDirectory(Path.GetDirectoryName(directory)!);
        _isDirectoryDurable = true;
    }

    private void CollectDirty()
    {
        foreach (var segment in log.Segments.All)
        {
            if (!segment.IsDirty) continue;
            // What is appended from here on makes it dirty again. A flush that fails is not tried again: the partition goes offline.
            segment.IsDirty = false;
            _dirty.Add(segment);
        }
    }

    private void FlushDirty()
    {
        bool madeFiles = false;
        foreach (var segment in _dirty)
        {
            segment.Flush();
            madeFiles |= segment.HasNewFiles || segment.Aborted.IsNew;
        }
        if (madeFiles) environment.Files.FlushDirectory(log.Identity.Directory);
        foreach (var segment in _dirty)
        {
            segment.HasNewFiles = segment.Aborted.IsNew = false; // Nothing makes files but rolling, which is another segment, and a flush.
            WriteSnapshot(segment);
        }
    }

    /// <summary>Where there is no room for it the next flush tries again; recovery begins at an earlier one meanwhile.</summary>
    private void WriteSnapshot(Segment segment)
    {
        if (segment.UnwrittenSnapshot is not { } snapshot) return;
        try
        {
            environment.Files.WriteAtomically(SegmentFiles.PathOf(log.Identity.Directory, segment.BaseOffset, SegmentFiles.ProducerSnapshot), snapshot);
            segment.UnwrittenSnapshot = null;
        }
        catch (StorageExhaustedException)
        {
            segment.IsDirty = true;
        }
    }

    private bool TrySaveEpochs()
    {
        try
        {
            log.Epochs.Save();
            _epochsLack = null;
            return true;
        }
        catch (StorageExhaustedException e)
        {
            _epochsLack = e;
            return false;
        }
    }
}
