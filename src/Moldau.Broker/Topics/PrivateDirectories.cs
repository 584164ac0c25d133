namespace Moldau.Broker.Topics;

/// <summary>
/// Makes the directories that hold messages and the keys of users so that only the broker's own user may enter them. Those that exist
/// stay as they are: whoever made them knows who else is to read there.
/// </summary>
internal static class PrivateDirectories
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    /// <summary>With those above them that are missing.</summary>
    public static void Make(IEnumerable<string> paths)
    {
        foreach (string path in paths)
        {
            if (OperatingSystem.IsWindows()) Directory.CreateDirectory(path);
            else Directory.CreateDirectory(path, OwnerOnly);
        }
    }
}
