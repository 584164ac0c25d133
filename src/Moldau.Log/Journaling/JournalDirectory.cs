using Moldau.Log.Checkpoints;
using Moldau.Log.Files;

namespace Moldau.Log.Journaling;

/// <summary>
/// The journal's directory, locked for this process: two brokers whose settings name the same one must not take each other's
/// journal.
/// </summary>
internal sealed class JournalDirectory : IDisposable
{
    private const string AsideSuffix = ".aside-";

    private readonly IFileStore _files;
    private IDisposable _lock;

    private JournalDirectory(IFileStore files, string path)
    {
        (_files, Path) = (files, path);
        _lock = Lock();
    }

    public string Path { get; }

    public static JournalDirectory Open(IFileStore files, string path) => new(files, path);

    /// <summary>To be asked before anybody makes the journal's directory.</summary>
    /// <exception cref="JournalMissingException">The log directory was not stopped cleanly, and has no journal.</exception>
    public static void ThrowIfMissing(IFileStore files, string path, string logDirectory)
    {
        if (HandoverNotice.IsThere(files, logDirectory) && !IsThere(files, path)) throw new JournalMissingException(logDirectory, path);
    }

    /// <summary>
    /// The directory is durable before anything is acknowledged, and is missing for a moment only where a former journal has just been set aside.
    /// </summary>
    private static bool IsThere(IFileStore files, string path)
    {
        string name = System.IO.Path.GetFileName(path);
        return files.DirectoryNames(System.IO.Path.GetDirectoryName(path)!)
            .Any(directory => directory == name || directory.StartsWith(name + AsideSuffix, StringComparison.Ordinal));
    }

    /// <summary>Renames the directory with all that it holds, in one step, and begins an empty one. The answer is the new name.</summary>
    public string SetAside()
    {
        string parent = System.IO.Path.GetDirectoryName(Path)!;
        string aside = FreeName(parent);
        _lock.Dispose();
        _files.Rename(Path, aside);
        _files.FlushDirectory(parent);
        _lock = Lock();
        return aside;
    }

    public void Dispose() => _lock.Dispose();

    private string FreeName(string parent)
    {
        var taken = _files.DirectoryNames(parent);
        int number = 1;
        while (taken.Contains($"{System.IO.Path.GetFileName(Path)}{AsideSuffix}{number}")) number++;
        return $"{Path}{AsideSuffix}{number}";
    }

    private IDisposable Lock()
    {
        _files.CreateDirectory(Path);
        _files.FlushDirectory(System.IO.Path.GetDirectoryName(Path)!);
        return _files.Lock(Path);
    }
}
