namespace Moldau.Log.Files;

/// <summary>Files in memory, up to a bound in bytes beyond which writes fail as on a full disk. Nothing survives the process.</summary>
internal sealed class MemoryFileStore(long bytesMax) : IFileStore
{
    private readonly Lock _names = new();
    private readonly Dictionary<string, MemoryFile> _files = [];
    private readonly HashSet<string> _directories = [];
    private readonly HashSet<string> _locks = [];
    private long _bytes;

    /// <summary>Bytes reserved by all files.</summary>
    public long BytesUsed => Volatile.Read(ref _bytes);

    public bool FileExists(string path)
    {
        lock (_names) return _files.ContainsKey(path);
    }

    public IStoredFile Open(string path, FileCreation creation)
    {
        lock (_names)
        {
            if (_files.TryGetValue(path, out var file)) return file;
            if (creation == FileCreation.Existing) throw new FileNotFoundException($"There is no file {path}.", path);
            return _files[path] = new MemoryFile(path, Reserve, Rename);
        }
    }

    public void CreateDirectory(string path)
    {
        lock (_names)
        {
            for (string? at = path; !string.IsNullOrEmpty(at); at = Path.GetDirectoryName(at)) _directories.Add(at);
        }
    }

    public IReadOnlyList<string> FileNames(string directory)
    {
        lock (_names) return NamesIn(directory, _files.Keys);
    }

    public IReadOnlyList<string> DirectoryNames(string directory)
    {
        lock (_names) return NamesIn(directory, _directories);
    }

    public void Rename(string from, string to)
    {
        lock (_names)
        {
            if (_files.Remove(from, out var file))
            {
                if (_files.Remove(to, out var replaced)) replaced.Release();
                _files[to] = file;
                file.Path = to;
                return;
            }
            foreach (string path in Below(from, _files.Keys))
            {
                _files.Remove(path, out var moved);
                moved!.Path = to + path[from.Length..];
                _files[moved.Path] = moved;
            }
            foreach (string path in Below(from, _directories).Append(from))
            {
                _directories.Remove(path);
                _directories.Add(to + path[from.Length..]);
            }
        }
    }

    public void DeleteFile(string path)
    {
        lock (_names)
        {
            if (_files.Remove(path, out var file)) file.Release();
        }
    }

    public void DeleteDirectory(string path)
    {
        lock (_names)
        {
            foreach (string name in Below(path, _files.Keys)) DeleteFile(name);
            foreach (string name in Below(path, _directories).Append(path)) _directories.Remove(name);
        }
    }

    public void FlushDirectory(string path)
    {
    }

    public IDisposable Lock(string directory)
    {
        lock (_names)
        {
            if (!_locks.Add(directory)) throw new DirectoryInUseException(directory);
        }
        return new MemoryLock(this, directory);
    }

    private static List<string> NamesIn(string directory, IEnumerable<string> paths) =>
        paths.Where(path => Path.GetDirectoryName(path) == directory).Select(path => Path.GetFileName(path)!).ToList();

    private static List<string> Below(string directory, IEnumerable<string> paths) =>
        paths.Where(path => path.StartsWith(directory + Path.DirectorySeparatorChar, StringComparison.Ordinal)).ToList();

    private void Reserve(long bytes)
    {
        if (Interlocked.Add(ref _bytes, bytes) <= bytesMax || bytes <= 0) return;
        Interlocked.Add(ref _bytes, -bytes);
        throw new StorageExhaustedException($"The memory for logs is full: {bytesMax} bytes are allowed. Raise the bound, or keep the data on disk.");
    }

    private sealed class MemoryLock(MemoryFileStore store, string directory) : IDisposable
    {
        public void Dispose()
        {
            lock (store._names) store._locks.Remove(directory);
        }
    }
}
