using Moldau.Log.Files;

namespace Moldau.TestKit;

/// <summary>
/// The simulated machine lost its power: the operation, and every later one until the restart, did not happen or happened in
/// part.
/// </summary>
internal sealed class PowerCutException() : Exception("The power was cut.");

/// <summary>
/// A disk that tells what is flushed from what is only buffered. A power cut keeps what was flushed; of the rest each write, new
/// length and new name is kept, lost, torn or reordered as the seed has it. Every operation counts, so that a cut can come at any.
/// Threads may use it together: operations come one after the other.
/// </summary>
internal sealed class SimulatedDisk(int seed) : IFileStore
{
    private readonly Random _random = new(seed);
    private readonly SimulatedFolder _root = new();
    private readonly HashSet<string> _locks = [];
    private readonly Lock _turn = new();
    private int _life;

    /// <summary>Operations so far that could be interrupted.</summary>
    public long Operations { get; private set; }

    /// <summary>The power is cut at this operation.</summary>
    public long CutAt { get; set; } = long.MaxValue;

    /// <summary>
    /// Fails an operation on a path (its name: write, flush, ...) with an <see cref="IOException"/> where it answers true.
    /// </summary>
    public Func<string, string, bool>? Fails { get; set; }

    /// <summary>Fails whatever needs room on a path where it answers true, as a full disk does.</summary>
    public Func<string, bool>? IsFull { get; set; }

    /// <summary>
    /// Refuses an operation on a path (its name: open, read, flush, rename, allocate, cut, write, ...) for want of room or handles where it
    /// answers true.
    /// </summary>
    public Func<string, string, bool>? Lacks { get; set; }

    /// <summary>
    /// The file system takes no writes, and opens nothing, as the log opens files to write them. What was not flushed before cannot be any more.
    /// </summary>
    public bool IsReadOnly { get; set; }

    public bool IsOff { get; private set; }

    /// <summary>For work that lives on with whatever befalls it, as upkeep does: the machine does not.</summary>
    public void ThrowIfOff()
    {
        if (IsOff) throw new PowerCutException();
    }

    /// <summary>Power returns: what the cut left is now what the disk holds.</summary>
    public void RestartAfterPowerCut() => Restart(() => _root.LosePower(_random));

    /// <summary>The process was killed: all that it had written is in the page cache still.</summary>
    public void RestartAfterKill() => Restart(() => { });

    public bool FileExists(string path)
    {
        lock (_turn) return Folder(path)?.Find<SimulatedFile>(Path.GetFileName(path)) is not null;
    }

    public IStoredFile Open(string path, FileCreation creation) => new Handle(this, path, creation);

    public void CreateDirectory(string path)
    {
        lock (_turn)
        {
            Step("create", path);
            var at = _root;
            foreach (string part in Parts(path)) at = at.FindOrAdd<SimulatedFolder>(part);
        }
    }

    public IReadOnlyList<string> FileNames(string directory)
    {
        lock (_turn) return FolderAt(directory)?.Names<SimulatedFile>() ?? [];
    }

    public IReadOnlyList<string> DirectoryNames(string directory)
    {
        lock (_turn) return FolderAt(directory)?.Names<SimulatedFolder>() ?? [];
    }

    public void Rename(string from, string to)
    {
        lock (_turn)
        {
            Step("rename", from);
            Folder(from)!.Rename(Path.GetFileName(from), Path.GetFileName(to));
        }
    }

    public void DeleteFile(string path)
    {
        lock (_turn)
        {
            Step("delete", path);
            Folder(path)?.Remove(Path.GetFileName(path));
        }
    }

    public void DeleteDirectory(string path) => DeleteFile(path);

    public void FlushDirectory(string path)
    {
        lock (_turn)
        {
            Step("flush", path);
            FolderAt(path)?.Flush();
        }
    }

    public IDisposable Lock(string directory)
    {
        lock (_turn)
        {
            if (IsReadOnly) throw StorageExhaustedException.ReadOnlyAt(Path.Combine(directory, ".lock"));
            if (!_locks.Add(directory)) throw new DirectoryInUseException(directory);
            return new Unlock(this, directory, _life);
        }
    }

    /// <summary>Changes one bit of what a file holds, as a failing disk does.</summary>
    public void FlipBit(string path, long position) => FileAt(path)!.FlipBit((int)position);

    private static string[] Parts(string path) => path.Split('/', StringSplitOptions.RemoveEmptyEntries);

    private void Restart(Action loss)
    {
        lock (_turn)
        {
            loss();
            _locks.Clear();
            _life++;
            IsOff = false;
            CutAt = long.MaxValue;
        }
    }

    private void Step(string operation, string path)
    {
        Refuse(operation, path);
        if (++Operations < CutAt) return;
        IsOff = true;
        throw new PowerCutException();
    }

    /// <summary>Fails the operation if it is to fail.</summary>
    private void Refuse(string operation, string path)
    {
        ThrowIfOff();
        if (IsReadOnly && operation == "flush") throw new IOException($"The simulated disk cannot flush {path}: it is read-only.");
        if (IsReadOnly && operation != "read") throw StorageExhaustedException.ReadOnlyAt(path);
        if (Fails?.Invoke(operation, path) == true) throw new IOException($"The simulated disk failed: {operation} of {path}.");
        bool isExhausted = (NeedsRoom(operation) && IsFull?.Invoke(path) == true) || Lacks?.Invoke(operation, path) == true;
        if (isExhausted) throw new StorageExhaustedException($"The simulated disk has no room or no handle: {operation} of {path}.");
    }

    private static bool NeedsRoom(string operation) => operation is "write" or "grow" or "allocate";

    /// <summary>
    /// A write may be under way as the power goes: then its bytes are in the page cache, and any part of them may reach the
    /// disk.
    /// </summary>
    /// <param name="writePart">What a disk that has less room has done when it refuses.</param>
    /// <param name="writeBroken">What one that fails may have done.</param>
    private void StepWrite(string operation, string path, Action write, Action? writePart = null, Action? writeBroken = null)
    {
        if (IsReadOnly) Refuse(operation, path);
        if (!IsOff && IsFull?.Invoke(path) == true && _random.Next(2) == 0) writePart?.Invoke(); // As far as there is room.
        if (!IsOff && IsFull?.Invoke(path) != true && Operations + 1 >= CutAt && _random.Next(2) == 0) write();
        try
        {
            Step(operation, path);
        }
        catch (IOException e) when (e is not StorageExhaustedException && writeBroken is not null)
        {
            if (_random.Next(2) == 0) writeBroken();
            throw;
        }
        write();
    }

    private SimulatedFolder? FolderAt(string directory)
    {
        var at = _root;
        foreach (string part in Parts(directory))
        {
            if (at.Find<SimulatedFolder>(part) is not { } next) return null;
            at = next;
        }
        return at;
    }

    private SimulatedFolder? Folder(string path) => FolderAt(Path.GetDirectoryName(path)!);

    private SimulatedFile? FileAt(string path) => Folder(path)?.Find<SimulatedFile>(Path.GetFileName(path));

    private sealed class Unlock(SimulatedDisk disk, string directory, int life) : IDisposable
    {
        public void Dispose()
        {
            lock (disk._turn)
            {
                if (disk._life == life) disk._locks.Remove(directory);
            }
        }
    }

    private sealed class Handle(SimulatedDisk disk, string path, FileCreation creation) : IStoredFile
    {
        private readonly int _life = disk._life;
        private SimulatedFile? _file;
        private bool _disposed;

        public string Path { get; private set; } = path;

        public long Length
        {
            get
            {
                lock (disk._turn) return (_file ?? disk.FileAt(Path))?.Length ?? 0;
            }
        }

        public int Read(long position, Span<byte> buffer)
        {
            lock (disk._turn)
            {
                var file = File();
                disk.Refuse("read", Path);
                return file.Read((int)position, buffer);
            }
        }

        public void Write(long position, ReadOnlySpan<byte> bytes)
        {
            byte[] copy = bytes.ToArray();
            lock (disk._turn)
            {
                var file = File();
                void WritePart() => file.Write((int)position, copy[..disk._random.Next(copy.Length)]);
                bool needsRoom = position + copy.Length > file.Length; // What lies within the file has its room already.
                disk.StepWrite("write", Path, () => file.Write((int)position, copy), needsRoom ? WritePart : null, copy.Length > 0 ? WritePart : null);
            }
        }

        public void Flush()
        {
            lock (disk._turn)
            {
                var file = File();
                try
                {
                    disk.Step("flush", Path);
                }
                catch (IOException e) when (e is not StorageExhaustedException)
                {
                    file.LoseUnflushed();
                    throw;
                }
                file.Flush();
            }
        }

        public void SetLength(long length)
        {
            lock (disk._turn)
            {
                var file = File();
                if (length > file.Length)
                {
                    disk.StepWrite("grow", Path, () => file.SetLength((int)length));
                    return;
                }
                disk.Step("cut", Path); // Needs no room.
                file.SetLength((int)length);
            }
        }

        public void Rename(string path)
        {
            disk.Rename(Path, path);
            Path = path;
        }

        public void Allocate(long length)
        {
            lock (disk._turn)
            {
                var file = File();
                if (file.Length >= length) return;
                disk.StepWrite("allocate", Path, () => file.SetLength((int)length), () => file.SetLength((int)(file.Length + length) / 2));
            }
        }

        public void Dispose() => _disposed = true;

        /// <summary>
        /// Every operation opens the file first, as that of a real disk does, and makes it if it may. It is there then, empty, also where the
        /// operation fails; on a full disk it cannot always be made.
        /// </summary>
        private SimulatedFile File()
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            if (disk.IsOff || _life != disk._life) throw new PowerCutException();
            if (_file is not null) return _file;
            disk.Refuse("open", Path);
            var folder = disk.Folder(Path) ?? throw new DirectoryNotFoundException($"There is no directory for {Path}.");
            string name = System.IO.Path.GetFileName(Path);
            if (folder.Find<SimulatedFile>(name) is { } present) return _file = present;
            if (creation == FileCreation.Existing) throw new FileNotFoundException($"There is no file {Path}.");
            if (disk.IsFull?.Invoke(Path) == true && disk._random.Next(2) == 0) throw new StorageExhaustedException($"The simulated disk has no room for {Path}.");
            return _file = folder.FindOrAdd<SimulatedFile>(name);
        }
    }
}
