using Moldau.Log.Files;

namespace Moldau.Log.Journaling;

/// <summary>
/// The files of the journal: one is written to, full ones wait until the segments hold durably what they hold, and then they
/// are written to again. Only the committer writes; only the recycler frees. A file that has frames of a log that failed stays as it is: it
/// may be their only durable place.
/// </summary>
internal sealed class Journal(JournalOptions options) : IDisposable
{
    private const int FreeFilesMax = 2;

    private readonly Lock _writing = new();
    private readonly Lock _lock = new();
    private readonly Queue<JournalFile> _full = new();
    private readonly List<JournalFile> _free = [];
    private readonly List<JournalFile> _kept = [];
    private JournalFile? _current;
    private long _sequence;
    private long _filesMade;
    private int _quorumEpoch;

    /// <summary>
    /// Begins a file that names the quorum epoch, so that from here on a crash finds a journal that is in force, though it may
    /// be empty.
    /// </summary>
    public void Begin(int quorumEpoch)
    {
        lock (_writing)
        {
            _quorumEpoch = quorumEpoch;
            BeginNext(0).Flush();
        }
    }

    /// <summary>Reserves the room that the first frames will need, to know before them whether there is any.</summary>
    public void Reserve()
    {
        lock (_writing) (_current ?? BeginNext(0)).Reserve();
    }

    public void Write(Gathering gathering)
    {
        lock (_writing)
        {
            var current = CanTake(_current, gathering.Length) ? _current! : BeginNext(gathering.Length);
            current.Write(gathering);
        }
    }

    /// <summary>Flushes the segments behind the oldest full file and frees it, if they can be flushed.</summary>
    /// <param name="tryWriteCheckpoints">
    /// Before the frames go, the directory must know that the segments have them: state logs are cut to what is known.
    /// </param>
    public RecycleOutcome Recycle(Func<bool> tryWriteCheckpoints)
    {
        JournalFile file;
        lock (_lock)
        {
            if (!_full.TryDequeue(out file!)) return RecycleOutcome.Idle;
        }
        FlushLogs(file);
        bool isNeeded = file.IsNeeded; // Before: what another thread flushes meanwhile may come too late for the checkpoints.
        if (tryWriteCheckpoints() && !isNeeded)
        {
            Free(file);
            return RecycleOutcome.Done;
        }
        lock (_lock)
        {
            if (file.HasFailedLog) _kept.Add(file);
            else _full.Enqueue(file);
        }
        return file.HasFailedLog ? RecycleOutcome.Done : RecycleOutcome.Waits;
    }

    /// <summary>Deletes all files: the segments hold everything.</summary>
    public void Empty()
    {
        Dispose();
        DeleteAll(options.Files, options.Path);
    }

    public static void DeleteAll(IFileStore files, string directory)
    {
        var names = files.FileNames(directory);
        foreach (string name in names)
        {
            if (name.EndsWith(JournalFile.Suffix, StringComparison.Ordinal)) files.DeleteFile(Path.Combine(directory, name));
        }
        if (names.Count > 0) files.FlushDirectory(directory);
    }

    public void Dispose()
    {
        lock (_lock)
        {
            _current?.Dispose();
            foreach (var file in _full.Concat(_free).Concat(_kept)) file.Dispose();
        }
    }

    private static void FlushLogs(JournalFile file)
    {
        foreach (var (log, end) in file.Ends)
        {
            if (log.IsClosed || log.Failure is not null || log.RecoveryPoint >= end) continue;
            try
            {
                log.FlushInBackground();
            }
            catch (IOException)
            {
                // The disk is full, or the partition has gone offline and said why.
            }
        }
    }

    /// <summary>Whether the frames go to the present file. One whose room is still to be found does not come before one that has its own.</summary>
    private bool CanTake(JournalFile? present, int bytes)
    {
        if (present is null || present.RoomBytes < bytes) return false;
        lock (_lock) return present.IsReserved || !_free.Exists(file => file.IsReserved);
    }

    /// <summary>
    /// Begins the next file, with room for the first frames if there are any. Where there is none the full file waits for the recycler
    /// all the same, and what was made is used later.
    /// </summary>
    private JournalFile BeginNext(int firstBytes)
    {
        Retire();
        long capacity = Math.Max(options.FileBytes, JournalFormat.FramesAt + (long)firstBytes);
        var next = TakeFree(capacity) ?? Make(capacity);
        try
        {
            next.Begin(new JournalHeader(++_sequence, options.DirectoryId, _quorumEpoch));
            if (firstBytes > 0) next.Reserve();
        }
        catch
        {
            Free(next);
            throw;
        }
        lock (_lock) _current = next;
        options.WakeRecycler?.Invoke();
        return next;
    }

    private void Retire()
    {
        lock (_lock)
        {
            if (_current is { IsEmpty: true }) _free.Add(_current);
            else if (_current is not null) _full.Enqueue(_current);
            _current = null;
        }
    }

    /// <summary>The free file that was used last, but before it one whose room is reserved.</summary>
    private JournalFile? TakeFree(long capacity)
    {
        lock (_lock)
        {
            int at = _free.FindLastIndex(file => file.CapacityBytes >= capacity && file.IsReserved);
            if (at < 0) at = _free.FindLastIndex(file => file.CapacityBytes >= capacity);
            if (at < 0) return null;
            var taken = _free[at];
            _free.RemoveAt(at);
            return taken;
        }
    }

    /// <summary>Makes a file, under the same name until that succeeds: a full disk may have let in the name alone.</summary>
    private JournalFile Make(long capacity)
    {
        var file = new JournalFile(options.Files.Open(JournalFile.PathOf(options.Path, _filesMade + 1), FileCreation.IfMissing), capacity);
        try
        {
            file.Make();
            options.Files.FlushDirectory(options.Path);
        }
        catch
        {
            file.Dispose();
            throw;
        }
        _filesMade++;
        return file;
    }

    private void Free(JournalFile file)
    {
        lock (_lock)
        {
            if (_free.Count < FreeFilesMax)
            {
                _free.Add(file);
                return;
            }
        }
        file.Dispose();
        options.Files.DeleteFile(file.Path);
    }
}

/// <summary>What became of the oldest full file of the journal.</summary>
internal enum RecycleOutcome
{
    /// <summary>No file is full.</summary>
    Idle,

    /// <summary>It is free, or kept for the next start, since a log that it has frames of has failed.</summary>
    Done,

    /// <summary>There was no room for what must be written before. It is to be tried again after a while.</summary>
    Waits,
}

/// <summary>What a journal is made with.</summary>
internal sealed record JournalOptions
{
    public required IFileStore Files { get; init; }

    public required string Path { get; init; }

    public required Guid DirectoryId { get; init; }

    /// <summary>Size of a file in bytes, unless one batch alone needs more.</summary>
    public required long FileBytes { get; init; }

    /// <summary>Called when a file is full.</summary>
    public Action? WakeRecycler { get; init; }
}
