using Moldau.Log.Files;
using Moldau.Log.Segments;

namespace Moldau.Log.Producers;

/// <summary>
/// The producers' snapshots in a partition's directory: one where each segment begins, one where a clean stop ended the log, and
/// those of resume points within the last segments.
/// </summary>
internal sealed class SnapshotFiles(LogEnvironment environment, string directory)
{
    /// <summary>Those up to the offset that can be read, the latest first.</summary>
    public IEnumerable<SnapshotAt> Readable(long until)
    {
        foreach (long offset in Offsets())
        {
            if (offset <= until && ProducerSnapshot.Read(environment.Files.ReadAll(PathOf(offset))) is { } producers) yield return new SnapshotAt(offset, producers);
        }
    }

    /// <summary>Deletes those beyond the end, at once: one that came back would describe other batches by then.</summary>
    public void DeleteBeyond(long logEnd)
    {
        var beyond = Offsets().Where(offset => offset > logEnd).ToList();
        foreach (long offset in beyond) environment.Files.DeleteFile(PathOf(offset));
        if (beyond.Count > 0) environment.Files.FlushDirectory(directory);
    }

    /// <summary>Deletes those before the offset where no segment begins.</summary>
    public void DeleteStrays(ReadOnlySpan<Segment> segments, long before)
    {
        var bases = new HashSet<long>();
        foreach (var segment in segments) bases.Add(segment.BaseOffset);
        foreach (long offset in Offsets())
        {
            if (offset < before && !bases.Contains(offset)) environment.Files.DeleteFile(PathOf(offset));
        }
    }

    public string PathOf(long offset) => SegmentFiles.PathOf(directory, offset, SegmentFiles.ProducerSnapshot);

    /// <summary>The offsets of those that are there, the latest first. Whether they can be read is not known.</summary>
    private List<long> Offsets() => environment.Files.FileNames(directory)
        .Select(name => SegmentFiles.OffsetOf(name, SegmentFiles.ProducerSnapshot)).OfType<long>().OrderDescending().ToList();
}

/// <summary>The producers' state as it was before the batch at the offset.</summary>
internal sealed record SnapshotAt(long Offset, List<ProducerState> Producers);
