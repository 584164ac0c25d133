using Moldau.Log.Producers;
using Moldau.Log.Recovery;
using Moldau.Log.Segments;

namespace Moldau.Log.Cleaning;

/// <summary>
/// One pass over one log: the keys of its dirty part go into an offset map, and then all segments up to where the map reaches
/// are written anew without what that part supersedes, group by group, each put in place before the next begins.
/// </summary>
internal sealed class CleaningPass(LogEnvironment environment, PartitionLog log, CleaningSettings settings) : IDisposable
{
    private readonly SegmentReader _reader = new(settings);
    private readonly CleanedTransactions _transactions = new();

    /// <inheritdoc cref="FilterRules.ActiveProducers"/>
    public required IReadOnlyDictionary<long, LastProduced> ActiveProducers { get; init; }

    /// <summary>Told of each segment that another has replaced, for its deletion.</summary>
    public required Action<Segment> Replaced { get; init; }

    /// <exception cref="UncleanableLogException">The log is damaged; what was put in place before stays.</exception>
    public CleaningStats Run(CleaningRange range, CancellationToken stop)
    {
        Leftovers.DeleteCleaned(environment.Files, log.Identity.Directory);
        var map = new OffsetMapBuilder(log, range, _reader, settings).Build(stop);
        var stats = new CleaningStats
        {
            FromOffset = range.FirstDirtyOffset,
            ToOffset = map.EndOffset,
            WasMapFull = map.EndOffset < range.FirstUncleanableOffset,
        };
        // All of them: passes take away the later ones, and then it is an earlier one that recovery begins with.
        foreach (var snapshot in new SnapshotFiles(environment, log.Identity.Directory).Readable(map.EndOffset)) _transactions.ExpectEndsOf(snapshot);
        var filter = new BatchFilter(Rules(map, range), _transactions);
        foreach (var group in SegmentGroups.Of(log.Segments.All.ToArray(), map.EndOffset, log.Settings))
        {
            stats.SegmentsBefore += group.Count;
            stats.SegmentsAfter++;
            foreach (var segment in group) stats.BytesBefore += segment.Size;
            stats.BytesAfter += Clean(group, filter, stop);
        }
        return stats;
    }

    public void Dispose() => _reader.Dispose();

    private FilterRules Rules(OffsetMap map, CleaningRange range) => new()
    {
        Map = map,
        NowMs = environment.NowMs,
        DeleteRetentionMs = log.Settings.DeleteRetentionMs,
        FirstUncleanableOffset = range.FirstUncleanableOffset,
        ActiveProducers = ActiveProducers,
        DecompressedBytesMax = settings.DecompressedBytesMax,
    };

    /// <summary>The answer is the bytes that are left of the group.</summary>
    private int Clean(ArraySegment<Segment> group, BatchFilter filter, CancellationToken stop)
    {
        using var cleaned = new CleanedSegment(environment, log, group[0].BaseOffset, settings);
        bool isChanged = group.Count > 1;
        foreach (var segment in group)
        {
            // All that reach into the segment: those of former segments are known already, and do no harm twice.
            _transactions.Expect(log.AbortedTransactions(segment.BaseOffset, EndOf(segment)));
            isChanged |= Filter(segment, filter, cleaned, stop);
        }
        // A clean beginning that nothing supersedes need not be put in its own place.
        if (!isChanged) return group[0].Size;
        var replacement = cleaned.Take(group[^1]);
        log.Swap.Run(group, replacement);
        foreach (var segment in group) Replaced(segment);
        return replacement.Size;
    }

    /// <summary>The answer is whether anything of the segment has changed.</summary>
    private bool Filter(Segment segment, BatchFilter filter, CleanedSegment cleaned, CancellationToken stop)
    {
        bool isChanged = false;
        _reader.Begin(segment, 0, EndOf(segment));
        while (_reader.MoveNext())
        {
            stop.ThrowIfCancellationRequested();
            using var left = Filter(filter);
            isChanged |= left.IsChanged;
            if (!left.Bytes.IsEmpty) cleaned.Append(left);
        }
        return isChanged;
    }

    private FilteredBatch Filter(BatchFilter filter)
    {
        try
        {
            return filter.Apply(_reader.Header, _reader.Batch);
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            // Nothing is asked here but the batch, so it is at fault, whatever it was made of.
            throw _reader.Uncleanable(e.Message, e);
        }
    }

    private long EndOf(Segment segment)
    {
        foreach (var next in log.Segments.From(segment.BaseOffset))
        {
            if (next.BaseOffset > segment.BaseOffset) return next.BaseOffset;
        }
        return log.LogEndOffset;
    }
}
