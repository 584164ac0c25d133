namespace Moldau.Broker.Topics;

/// <summary>The room of the volume that holds a path.</summary>
internal static class DiskSpace
{
    /// <summary>All of its bytes, and those that are left; -1 where the system does not say.</summary>
    public static (long TotalBytes, long UsableBytes) Of(string path)
    {
        try
        {
            // Unix takes any path for the volume that holds it, Windows only the root.
            var volume = new DriveInfo(OperatingSystem.IsWindows() ? Path.GetPathRoot(path)! : path);
            return (volume.TotalSize, volume.AvailableFreeSpace);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return (-1, -1);
        }
    }
}
