using Moldau.Log.Checkpoints;
using Moldau.Log.Files;
using Moldau.Log.Segments;

namespace Moldau.Log;

/// <summary>Makes a log's own files durable and knows up to where they are. One flush runs at a time; appends go on meanwhile.</summary>
internal sealed class LogFlush(LogEnvironment environment, PartitionLog log, Lock appendLock, long recoveryPoint)
{
    private readonly Lock _running = new();
    private readonly List<Segment> _dirty = [];
    private long _recoveryPoint = recoveryPoint;
    private volatile bool _isDirectoryDurable;

    public long RecoveryPoint => Volatile.Read(ref _recoveryPoint);

    public void Run()
    {
        lock (_running)
        {
            long end;
            _dirty.Clear();
            lock (appendLock)
            {
                end = log.LogEndOffset;
                CollectDirty();
            }
            // A partition without records needs no place on the disk: the metadata knows it.
            if (_dirty.Count > 0)
            {
                MakeDirectoryDurable();
                Flush();
            }
            Volatile.Write(ref _recoveryPoint, Math.Max(end, RecoveryPoint));
        }
    }

    /// <summary>A new partition's directory is made durable with its first commit, so that making many partitions costs little.</summary>
    public void MakeDirectoryDurable()
    {
        if (_isDirectoryDurable) return;
        string directory = log.Identity.Directory;
        FlushFile(Path.Combine(directory, PartitionMetadata.FileName));
        environment.Files.FlushDirectory(directory);
        environment.Files.FlushDirectory(Path.GetDirectoryName(directory)!);
        _isDirectoryDurable = true;
    }

    public void Truncated(long end) => Volatile.Write(ref _recoveryPoint, Math.Min(end, RecoveryPoint));

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

    private void Flush()
    {
        bool madeFiles = false;
        foreach (var segment in _dirty)
        {
            segment.Flush();
            madeFiles |= segment.HasNewFiles;
            if (!segment.SnapshotIsDirty) continue;
            FlushFile(SegmentFiles.PathOf(log.Identity.Directory, segment.BaseOffset, SegmentFiles.ProducerSnapshot));
            segment.SnapshotIsDirty = false;
        }
        log.Epochs.Save();
        if (madeFiles) environment.Files.FlushDirectory(log.Identity.Directory);
        foreach (var segment in _dirty) segment.HasNewFiles = false;
    }

    private void FlushFile(string path)
    {
        using var file = environment.Files.Open(path, FileCreation.Existing);
        file.Flush();
    }
}
