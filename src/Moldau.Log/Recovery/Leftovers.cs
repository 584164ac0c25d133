using Moldau.Log.Segments;

namespace Moldau.Log.Recovery;

/// <summary>Files in a partition's directory that an interrupted deletion or compaction left behind, dealt with before the log is loaded.</summary>
internal static class Leftovers
{
    public static void CleanUp(LogEnvironment environment, string directory)
    {
        foreach (string name in environment.Files.FileNames(directory))
        {
            if (name.EndsWith(SegmentFiles.DeletedSuffix, StringComparison.Ordinal)) environment.Files.DeleteFile(Path.Combine(directory, name));
        }
    }
}
