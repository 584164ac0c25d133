namespace Moldau.Broker.Security;

/// <summary>
/// Makes the directories that hold messages and the keys of users so that only the broker's own user may enter them. Those that exist
/// stay as they are: whoever made them knows who else is to read there.
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
        if (OperatingSystem.IsWindows()) Directory.CreateDirectory(path);
        else Directory.CreateDirectory(path, OwnerOnly);
    }
}
