using System.Globalization;
using System.Security.Cryptography;
using System.Text;

using Moldau.Log.Files;

namespace Moldau.Log.Checkpoints;

/// <summary>
/// The offset checkpoints of a log directory: one line for each partition, in four files that are written whole, and only when
/// they would say something new.
/// </summary>
internal sealed class DirectoryCheckpoints(IFileStore files, string directory)
{
    private readonly Lock _lock = new();
    private readonly HashSet<PartitionName> _gone = [];
    private readonly Dictionary<string, byte[]> _written = [];

    public Dictionary<PartitionName, long> ReadRecoveryPoints() => OffsetCheckpoint.Read(files, PathOf(OffsetCheckpoint.RecoveryPoints));

    /// <summary>
    /// The journal goes by the recovery points: without them the beginnings of logs would look lost, and the logs of state machines unconfirmed.
    /// </summary>
    /// <exception cref="CheckpointFormatException">The file is not there, or says nothing.</exception>
    public void RequireRecoveryPoints()
    {
        string path = PathOf(OffsetCheckpoint.RecoveryPoints);
        if (files.FileExists(path) && !CheckpointText.IsUnfinished(files.ReadAll(path))) return;
        throw new CheckpointFormatException(path, "it is not there or empty, and the journal beside the directory cannot be used without it. Put it back; or move the journal away, and lose what only the journal has");
    }

    public Dictionary<PartitionName, long> ReadLogStarts() => OffsetCheckpoint.Read(files, PathOf(OffsetCheckpoint.LogStarts));

    public Dictionary<PartitionName, long> ReadCleanedOffsets() => OffsetCheckpoint.Read(files, PathOf(OffsetCheckpoint.CleanedOffsets));

    /// <summary>Writes offsets as they are known now, so that the next start recovers less and keeps what was deleted deleted.</summary>
    public void Write(Func<IReadOnlyList<PartitionLog>> present)
    {
        lock (_lock)
        {
            // Within the lock: a partition that goes after this is noted as gone after this, and none that went before comes back.
            var logs = present();
            var recoveryPoints = logs.Select(log => (Log: log, Offset: log.RecoveryPoint)).ToList();
            Write(OffsetCheckpoint.RecoveryPoints, recoveryPoints.Select(entry => (entry.Log.Name, entry.Offset)));
            Write(OffsetCheckpoint.HighWatermarks, logs.Select(log => (log.Name, log.HighWatermark)));
            var moved = logs.Where(log => log.LogStartOffset > log.Segments.First.BaseOffset);
            Write(OffsetCheckpoint.LogStarts, moved.Select(log => (log.Name, log.LogStartOffset)));
            var cleaned = logs.Where(log => log.Cleaning.CleanedOffset is not null);
            Write(OffsetCheckpoint.CleanedOffsets, cleaned.Select(log => (log.Name, log.Cleaning.CleanedOffset ?? 0)));
            foreach (var (log, offset) in recoveryPoints) log.RecoveryPointWritten(offset);
            _gone.Clear();
        }
    }

    /// <summary>The partition is gone, and the files may still name it.</summary>
    public void NoteGone(PartitionName partition)
    {
        lock (_lock) _gone.Add(partition);
    }

    /// <summary>Whether the files may hold offsets of a former partition of that name.</summary>
    public bool IsOutdated(PartitionName partition)
    {
        lock (_lock) return _gone.Contains(partition);
    }

    private void Write(string fileName, IEnumerable<(PartitionName Name, long Offset)> offsets)
    {
        var lines = offsets.Select(entry => string.Create(CultureInfo.InvariantCulture, $"{entry.Name.Topic} {entry.Name.Partition} {entry.Offset}"));
        byte[] bytes = Encoding.UTF8.GetBytes(CheckpointText.Compose(lines.ToList()));
        byte[] hash = SHA256.HashData(bytes);
        if (_written.TryGetValue(fileName, out byte[]? before) && before.AsSpan().SequenceEqual(hash)) return;
        _written.Remove(fileName); // Where this fails the file may hold the one or the other.
        files.WriteAtomically(PathOf(fileName), bytes);
        _written[fileName] = hash;
    }

    private string PathOf(string fileName) => Path.Combine(directory, fileName);
}
