using Moldau.Log.Files;

namespace Moldau.Broker.Security;

/// <summary>
/// Makes the directories that hold messages and the keys of users so that only the broker's own user may enter them, and so
/// that a power cut leaves them there. Those that exist stay as they are: whoever made them knows who else is to read there.
/// </summary>
internal static class PrivateDirectories
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    /// <summary>Each with the data directory around it.</summary>
    public static void Make(IEnumerable<string> paths)
    {
        foreach (string path in paths)
        {
            string whole = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
            if (Path.GetDirectoryName(whole) is { } around) Make(around);
            Make(whole);
        }
    }

    private static void Make(string path)
    {
        var made = Missing(path).ToList();
        Create(path);
        // What is durable below a name that a power cut takes away is lost with it.
        var files = new DiskFileStore();
        foreach (string directory in made) files.FlushDirectory(Path.GetDirectoryName(directory)!);
    }

    private static void Create(string path)
    {
        try
        {
            if (OperatingSystem.IsWindows()) Directory.CreateDirectory(path);
            else Directory.CreateDirectory(path, OwnerOnly);
        }
        catch (IOException e)
        {
            throw StorageExhaustedException.Of(e, path);
        }
    }

    private static IEnumerable<string> Missing(string path)
    {
        for (string? at = path; at is not null && !Directory.Exists(at); at = Path.GetDirectoryName(at)) yield return at;
    }
}
