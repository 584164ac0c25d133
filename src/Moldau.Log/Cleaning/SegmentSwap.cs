using Moldau.Log.Files;
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
    /// After it new readers find the cleaned segment; those who have the old ones still can read them. Where there is no room or no handle
    /// the old ones stay, and the cleaned one is deleted. Any other failure takes the partition offline: what is on the disk then is the
    /// next start's to find out.
    /// </summary>
    public void Run(ArraySegment<Segment> old, Segment cleaned)
    {
        bool isDone = false;
        try
        {
            flush.RunApart(() => Replace(old, cleaned));
            isDone = true;
        }
        catch (StorageExhaustedException)
        {
            cleaned.Dispose();
            DeleteUnused(cleaned);
            throw;
        }
        catch (Exception e) when (e is not ObjectDisposedException)
        {
            log.TakeOffline(e);
            throw;
        }
        finally
        {
            if (!isDone) cleaned.Dispose();
        }
    }

    /// <summary>Not before it is durable that none of the files is named .swap any more; where that lacks a handle the next pass deletes them.</summary>
    private void DeleteUnused(Segment cleaned)
    {
        try
        {
            environment.Files.FlushDirectory(log.Identity.Directory);
            cleaned.Names.DeleteFiles();
        }
        catch (StorageExhaustedException)
        {
            // It is told why the swap has failed.
        }
    }

    private void Replace(ArraySegment<Segment> old, Segment cleaned)
    {
        string directory = log.Identity.Directory;
        // What it holds was flushed before, but its names may not be durable yet.
        environment.Files.FlushDirectory(directory);
        try
        {
            Rename(old, cleaned);
        }
        catch (StorageExhaustedException e)
        {
            Undo(old, cleaned, e);
            throw;
        }
        lock (appendLock) log.Segments.Replace(old, cleaned);
        FlushName(cleaned);
    }

    /// <summary>A start finds the cleaned segment by either name, so where there is no handle this is left to the next flush or pass.</summary>
    private void FlushName(Segment cleaned)
    {
        try
        {
            environment.Files.FlushDirectory(log.Identity.Directory);
            cleaned.HasNewFiles = false;
        }
        catch (StorageExhaustedException)
        {
            cleaned.IsDirty = true;
        }
    }

    private void Rename(ArraySegment<Segment> old, Segment cleaned)
    {
        string directory = log.Identity.Directory;
        cleaned.Names.ChangeSuffix(SegmentFiles.SwapSuffix);
        environment.Files.FlushDirectory(directory);
        foreach (var segment in old)
        {
            segment.Names.MarkDeleted();
            // The snapshot at its base belongs to the beginning of the cleaned one.
            if (segment.BaseOffset != cleaned.BaseOffset) segment.Names.MarkSnapshotDeleted();
        }
        environment.Files.FlushDirectory(directory);
        cleaned.Names.ChangeSuffix("");
    }

    /// <summary>
    /// Goes the way back. After a crash at any point of it the cleaned segment stands for the old ones as long as all its files are named
    /// .swap, when the old ones may be there or not; after that the old ones are all there.
    /// </summary>
    private void Undo(ArraySegment<Segment> old, Segment cleaned, StorageExhaustedException cause)
    {
        try
        {
            // Some of its files may have their last names; where none of the old ones is marked yet, some may have their first ones.
            if (SegmentFiles.HasSuffix(old[0].Log.Path))
            {
                cleaned.Names.ChangeSuffix(SegmentFiles.SwapSuffix);
                Unmark(old);
            }
            cleaned.Names.ChangeSuffix(SegmentFiles.CleanedSuffix);
        }
        catch (IOException e)
        {
            throw new IOException($"A swap of cleaned segments could be neither ended ({cause.Message}) nor undone: {e.Message}", e);
        }
    }

    /// <summary>Durably, before the cleaned segment ceases to stand for them.</summary>
    private void Unmark(ArraySegment<Segment> old)
    {
        foreach (var segment in old) segment.Names.UnmarkDeleted();
        environment.Files.FlushDirectory(log.Identity.Directory);
    }
}
