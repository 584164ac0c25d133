using Moldau.Log.Segments;

namespace Moldau.Log.Cleaning;

/// <summary>
/// Puts a cleaned segment in the place of those that it was made of, so that a start after a crash finds either those or this:
/// its files get the suffix .swap, durably, and from then on it stands for the others; these get the suffix .deleted; then it
/// gets the name of the first. <see cref="Recovery.Leftovers"/> completes or undoes what was interrupted.
/// </summary>
internal static class SegmentSwap
{
    public static void Run(LogEnvironment environment, PartitionLog log, ArraySegment<Segment> old, Segment cleaned)
    {
        string directory = log.Identity.Directory;
        // What it holds was flushed before, but its names may not be durable yet.
        environment.Files.FlushDirectory(directory);
        cleaned.ChangeSuffix(SegmentFiles.SwapSuffix);
        environment.Files.FlushDirectory(directory);
        foreach (var segment in old)
        {
            segment.MarkDeleted();
            // The snapshot at its base belongs to the beginning of the cleaned one.
            if (segment.BaseOffset != cleaned.BaseOffset) segment.MarkSnapshotDeleted();
        }
        environment.Files.FlushDirectory(directory);
        cleaned.ChangeSuffix("");
        environment.Files.FlushDirectory(directory);
        cleaned.HasNewFiles = false;
    }
}
