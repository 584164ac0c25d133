using Microsoft.Win32.SafeHandles;

namespace Moldau.Log.Files;

/// <summary>The file system of the machine. No more than so many files are open at a time; partitions may be many more.</summary>
internal sealed class DiskFileStore(int openFilesMax = DiskFileStore.OpenFilesMaxDefault) : IFileStore
{
    private const int OpenFilesMaxDefault = 4_096;

    private const string LockName = ".lock";

    // A record lock belongs to the process, so within it the second opener must be told apart here.
    private static readonly HashSet<string> OpenDirectories = [];

    private readonly OpenFiles _openFiles = new(openFilesMax);

    /// <summary>Files that are open now.</summary>
    public int OpenFileCount => _openFiles.Count;

    public bool FileExists(string path) => File.Exists(path);

    public IStoredFile Open(string path, FileCreation creation) => new DiskFile(path, creation, _openFiles);

    public void CreateDirectory(string path) => Attempt(path, () => Directory.CreateDirectory(path));

    public IReadOnlyList<string> FileNames(string directory) => Names(directory, Directory.EnumerateFiles);

    public IReadOnlyList<string> DirectoryNames(string directory) => Names(directory, Directory.EnumerateDirectories);

    public void Rename(string from, string to) => Attempt(from, () =>
    {
        if (Directory.Exists(from)) Directory.Move(from, to);
        else File.Move(from, to, overwrite: true);
    });

    public void DeleteFile(string path) => Attempt(path, () => File.Delete(path));

    public void DeleteDirectory(string path) => Attempt(path, () =>
    {
        if (Directory.Exists(path)) Directory.Delete(path, recursive: true);
    });

    public void FlushDirectory(string path) => Native.FlushDirectory(path);

    public long? LastWrittenMs(string path) => File.Exists(path) ? new DateTimeOffset(File.GetLastWriteTimeUtc(path)).ToUnixTimeMilliseconds() : null;

    public void SetLastWritten(string path, long timeMs) =>
        Attempt(path, () => File.SetLastWriteTimeUtc(path, DateTimeOffset.FromUnixTimeMilliseconds(timeMs).UtcDateTime));

    public IDisposable Lock(string directory)
    {
        string full = Path.GetFullPath(directory);
        lock (OpenDirectories)
        {
            if (!OpenDirectories.Add(full)) throw new DirectoryInUseException(directory);
        }
        SafeFileHandle? file = null;
        try
        {
            // Sharing everything keeps .NET from taking a lock of its own kind; on Windows the share mode is the lock.
            var share = OperatingSystem.IsWindows() ? FileShare.None : FileShare.ReadWrite | FileShare.Delete;
            file = File.OpenHandle(Path.Combine(full, LockName), FileMode.OpenOrCreate, FileAccess.ReadWrite, share);
            if (!Native.TryLock(file)) throw new DirectoryInUseException(directory);
            return new DirectoryLock(full, file);
        }
        catch (Exception e)
        {
            file?.Dispose();
            Forget(full);
            if (e is IOException failure) throw StorageExhaustedException.Of(failure, Path.Combine(full, LockName));
            throw;
        }
    }

    /// <summary>What the system refuses for want of rights is a failure of the medium like any other, as far as the log is concerned.</summary>
    private static void Attempt(string path, Action change)
    {
        try
        {
            change();
        }
        catch (UnauthorizedAccessException e)
        {
            throw new IOException($"{path} cannot be changed: {e.Message}", e);
        }
        catch (IOException e)
        {
            throw StorageExhaustedException.Of(e, path);
        }
    }

    private static void Forget(string directory)
    {
        lock (OpenDirectories) OpenDirectories.Remove(directory);
    }

    private static List<string> Names(string directory, Func<string, IEnumerable<string>> list)
    {
        try
        {
            return Directory.Exists(directory) ? list(directory).Select(path => Path.GetFileName(path)).ToList() : [];
        }
        catch (IOException e)
        {
            throw StorageExhaustedException.Of(e, directory); // Reading a directory takes a handle too.
        }
    }

    private sealed class DirectoryLock(string directory, SafeFileHandle file) : IDisposable
    {
        public void Dispose()
        {
            file.Dispose();
            Forget(directory);
        }
    }
}
