using Moldau.Log.Recovery;
using Moldau.Log.Segments;

namespace Moldau.Log.Cleaning;

/// <summary>
/// Puts a cleaned segment in the place of those that it was made of, so that a start after a crash finds either those or this:
/// its files get the suffix .swap, durably, and from then on it stands for the others; these get the suffix .deleted; then it
/// gets the name of the first. <see cref="Leftovers"/> completes or undoes what was interrupted.
/// </summary>
internal sealed class SegmentSwap(LogEnvironment environment, PartitionLog log, LogFlush flush, Lock appendLock)
{
    /// <summary>
    /// After it new readers find the cleaned segment; those who have the old ones still can read them. A failure takes the
    /// partition offline: what is on the disk then is the next start's to find out.
    /// </summary>
    public void Run(ArraySegment<Segment> old, Segment cleaned)
    {
        bool isDone = false;
        try
        {
            flush.RunApart(() => Rename(old, cleaned));
            isDone = true;
        }
        catch (IOException e)
        {
            log.TakeOffline(e);
            throw;
        }
        finally
        {
            if (!isDone) cleaned.Dispose();
        }
    }

    private void Rename(ArraySegment<Segment> old, Segment cleaned)
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
        lock (appendLock) log.Segments.Replace(old, cleaned);
    }
}
