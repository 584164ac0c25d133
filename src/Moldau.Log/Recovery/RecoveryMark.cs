using Moldau.Log.Files;

namespace Moldau.Log.Recovery;

/// <summary>
/// A file that stands in the log directory while a start repairs what a crash has left. A start that was itself interrupted may have cut off
/// what was not whole without making that durable, and the next one sees nothing of it: unless it flushes, a power cut brings back what was
/// cut off, in the place of what was acknowledged since.
/// </summary>
internal sealed class RecoveryMark(IFileStore files, string logDirectory)
{
    public const string FileName = ".moldau_recovery";

    private readonly string _path = Path.Combine(logDirectory, FileName);

    /// <summary>Sets it durably. The answer is whether it stood there: the start before this one did not come to its end.</summary>
    public bool Set()
    {
        if (files.FileExists(_path)) return true;
        files.WriteAtomically(_path, "A start repairs this log directory, or was interrupted in that.\n"u8);
        return false;
    }

    /// <summary>Not durably: if it comes back the next start flushes in vain.</summary>
    public void Remove() => files.DeleteFile(_path);
}
