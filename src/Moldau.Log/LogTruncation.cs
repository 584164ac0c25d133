using Moldau.Log.Producers;
using Moldau.Log.Segments;

namespace Moldau.Log;

/// <summary>Cuts a log's end off, durably: bytes that came back after a power cut would give an offset a second value.</summary>
internal sealed class LogTruncation(LogEnvironment environment, PartitionLog log)
{
    /// <summary>Cuts from the batch that holds the offset on. The answer is the new end.</summary>
    public long CutTo(long offset)
    {
        var kept = log.Segments.All.ToArray().TakeWhile(segment => segment.BaseOffset < offset || segment == log.Segments.First).ToList();
        foreach (var segment in log.Segments.All[kept.Count..])
        {
            segment.Dispose();
            SegmentFiles.Delete(environment.Files, log.Identity.Directory, segment.BaseOffset);
        }
        environment.Files.FlushDirectory(log.Identity.Directory);
        // The last segment's indexes are built anew: until they are flushed no snapshot within it may say that they are whole.
        new SnapshotFiles(environment, log.Identity.Directory).DeleteBeyond(kept[^1].BaseOffset);
        long end = CutLast(kept, offset);
        log.Segments.Replace([.. kept]);
        return end;
    }

    private long CutLast(List<Segment> kept, long offset)
    {
        var last = kept[^1];
        int position = new BatchSearch(last).Locate(offset, last.Size) is { } found ? found.Position : last.Size;
        last.Truncate(position);
        last.Flush();
        last.Dispose();
        var anew = new Segment(environment.Files, log.Identity.Directory, last.BaseOffset, environment.NowMs);
        long end = anew.Rebuild(log.Settings.IndexIntervalBytes);
        kept[^1] = anew;
        return end;
    }
}
