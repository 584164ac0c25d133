using System.ComponentModel;
using System.Diagnostics;

namespace Moldau.Log.Tests;

/// <summary>A small file system of its own; where there can be none the test is skipped with the reason.</summary>
internal sealed class Mount : IDisposable
{
    private const string Size = "16m";

    private readonly string _root = Directory.CreateTempSubdirectory("moldau-mount-").FullName;
    private readonly string[] _source;

    private Mount(string[][] preparation, params string[] source)
    {
        _source = source;
        Directory.CreateDirectory(Path);
        bool isRoot = OperatingSystem.IsLinux() && Environment.IsPrivilegedProcess;
        string? obstacle = isRoot ? null : "mounting a file system takes root on Linux";
        foreach (string[] command in preparation) obstacle ??= Run(Placed(command));
        obstacle ??= Run(MountCommand);
        if (obstacle is null) return;
        Directory.Delete(_root, recursive: true);
        Assert.Skip(obstacle);
    }

    public string Path => System.IO.Path.Combine(_root, "mount");

    private string[] MountCommand => ["mount", .. Placed(_source), Path];

    /// <summary>In memory. It can be remounted read-only as long as no file is open for writing.</summary>
    public static Mount OfMemory() => new([], "-t", "tmpfs", "-o", $"size={Size}", "tmpfs");

    /// <summary>An ext4 in a file, which can be made read-only under those who write to it.</summary>
    public static Mount OfImage() => new([["truncate", "-s", Size, "IMAGE"], ["mkfs.ext4", "-q", "IMAGE"]], "-o", "loop", "IMAGE");

    public void Remount(string option) => Assert.Null(Run(["mount", "-o", $"remount,{option}", Path]));

    /// <summary>Mounts it anew, which ends what a fault has done to it.</summary>
    public void MountAgain()
    {
        Assert.Null(Run(["umount", Path]));
        Assert.Null(Run(MountCommand));
    }

    public void Dispose()
    {
        // Lazily: a test that fails may have left files open, and its failure is what is to be told.
        Run(["umount", "--lazy", Path]);
        Directory.Delete(_root, recursive: true);
    }

    private string[] Placed(string[] command) => [.. command.Select(word => word == "IMAGE" ? System.IO.Path.Combine(_root, "image") : word)];

    /// <summary>Null, or why it did not do.</summary>
    private static string? Run(string[] command)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(command[0], command[1..]) { RedirectStandardError = true })!;
            string error = process.StandardError.ReadToEnd();
            process.WaitForExit();
            return process.ExitCode == 0 ? null : $"{command[0]} says: {error.Trim()}";
        }
        catch (Win32Exception e)
        {
            return $"{command[0]} cannot be run: {e.Message}";
        }
    }
}
