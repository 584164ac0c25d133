using Moldau.Log.Files;

namespace Moldau.Log.Journaling;

/// <summary>
/// The files of the journal: one is written to, full ones wait until the segments hold durably what they hold, and then they
/// are written to again. Only the committer writes; only the recycler frees.
/// </summary>
internal sealed class Journal(JournalOptions options) : IDisposable
{
    private const int FreeFilesMax = 2;

    private readonly Lock _writing = new();
    private readonly Lock _lock = new();
    private readonly Queue<JournalFile> _full = new();
    private readonly Stack<JournalFile> _free = new();
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
        lock (_writing) _current!.Reserve();
    }

    public void Write(Gathering gathering)
    {
        lock (_writing)
        {
            var current = _current is { } present && present.RoomBytes >= gathering.Length ? present : BeginNext(gathering.Length);
            current.Write(gathering);
        }
    }

    /// <summary>Flushes the segments behind the oldest full file and frees it. False if no file is full.</summary>
    /// <param name="tryWriteCheckpoints">
    /// Before the frames go, the directory must know that the segments have them: state logs are cut to what is known.
    /// </param>
    public bool Recycle(Func<bool> tryWriteCheckpoints)
    {
        JournalFile file;
        lock (_lock)
        {
            if (!_full.TryDequeue(out file!)) return false;
        }
        bool flushed = FlushLogs(file);
        if (tryWriteCheckpoints() && flushed) Free(file);
        else Keep(file);
        return true;
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

    /// <summary>
    /// False if a partition's own files could not be flushed: the journal is then the only durable place of what it holds.
    /// </summary>
    private static bool FlushLogs(JournalFile file)
    {
        bool all = true;
        foreach (var (log, end) in file.Ends)
        {
            if (log.IsClosed || log.RecoveryPoint >= end) continue;
            try
            {
                if (log.Failure is null) log.FlushInBackground();
                // Where there was no room for what the next start must know, the flush alone is not enough.
                all &= log.RecoveryPoint >= end;
            }
            catch (IOException)
            {
                all = false; // The partition has gone offline and said why.
            }
        }
        return all;
    }

    private JournalFile BeginNext(int firstBytes)
    {
        lock (_lock)
        {
            if (_current is { IsEmpty: true }) _free.Push(_current);
            else if (_current is not null) _full.Enqueue(_current);
            _current = null;
        }
        long capacity = Math.Max(options.FileBytes, JournalFormat.FramesAt + (long)firstBytes);
        var next = TakeFree(capacity) ?? Make(capacity);
        next.Begin(new JournalHeader(++_sequence, options.DirectoryId, _quorumEpoch));
        lock (_lock) _current = next;
        options.WakeRecycler?.Invoke();
        return next;
    }

    private JournalFile? TakeFree(long capacity)
    {
        lock (_lock)
        {
            return _free.TryPeek(out var file) && file.CapacityBytes >= capacity ? _free.Pop() : null;
        }
    }

    private JournalFile Make(long capacity)
    {
        var file = new JournalFile(options.Files.Open(JournalFile.PathOf(options.Path, ++_filesMade), FileCreation.IfMissing), capacity);
        file.Make();
        options.Files.FlushDirectory(options.Path);
        return file;
    }

    private void Free(JournalFile file)
    {
        lock (_lock)
        {
            if (_free.Count < FreeFilesMax)
            {
                _free.Push(file);
                return;
            }
        }
        file.Dispose();
        options.Files.DeleteFile(file.Path);
    }

    private void Keep(JournalFile file)
    {
        lock (_lock) _kept.Add(file);
    }
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
