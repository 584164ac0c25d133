using Moldau.Log.Segments;

namespace Moldau.Log.Cleaning;

/// <summary>What of a log is clean, what may be cleaned, and whether it should be.</summary>
internal sealed record CleaningRange
{
    /// <summary>Below it a former pass has been.</summary>
    public required long FirstDirtyOffset { get; init; }

    /// <summary>
    /// The base of the first segment that stays as it is: the one being written, one that is too young, or one that the last
    /// stable offset is in.
    /// </summary>
    public required long FirstUncleanableOffset { get; init; }

    public required long CleanBytes { get; init; }

    public required long CleanableBytes { get; init; }

    /// <summary>Whether a record has waited for longer than max.compaction.lag.ms.</summary>
    public required bool IsOverdue { get; init; }

    public double DirtyRatio => CleanableBytes == 0 ? 0 : (double)CleanableBytes / (CleanBytes + CleanableBytes);

    /// <summary>Whether there is reason enough for a pass.</summary>
    public bool IsWorthwhile(double dirtyRatioMin) => CleanableBytes > 0 && (IsOverdue || DirtyRatio > dirtyRatioMin);

    public static CleaningRange Of(PartitionLog log, long nowMs)
    {
        var segments = log.Segments.All;
        long firstDirty = FirstDirty(log);
        int first = 0;
        while (first < segments.Length - 1 && segments[first + 1].BaseOffset <= firstDirty) first++;
        int uncleanable = FirstUncleanable(segments, first, new Bounds(log.LastStableOffset, NewestMs(log.Settings, nowMs)));
        return new CleaningRange
        {
            FirstDirtyOffset = firstDirty,
            FirstUncleanableOffset = segments[uncleanable].BaseOffset,
            CleanBytes = BytesBelow(segments, firstDirty),
            CleanableBytes = BytesBelow(segments[first..uncleanable], long.MaxValue),
            IsOverdue = IsAnyOverdue(segments[first..^1], nowMs - Math.Max(log.Settings.MaxCompactionLagMs, 0)),
        };
    }

    /// <summary>Where the last pass ended. If that lies without the log, the log has changed beyond what is known, and all of it is dirty.</summary>
    private static long FirstDirty(PartitionLog log) =>
        log.Cleaning.CleanedOffset is { } cleaned && cleaned >= log.LogStartOffset && cleaned <= log.LogEndOffset ? cleaned : log.LogStartOffset;

    private static long NewestMs(LogSettings settings, long nowMs) =>
        settings.MinCompactionLagMs > 0 ? nowMs - settings.MinCompactionLagMs : long.MaxValue;

    private static int FirstUncleanable(ReadOnlySpan<Segment> segments, int from, Bounds bounds)
    {
        int index = from;
        while (index < segments.Length - 1 && segments[index + 1].BaseOffset <= bounds.StableOffset
            && segments[index].LargestTimestampMs <= bounds.NewestMs) index++;
        return index;
    }

    /// <summary>The first timestamp is what Kafka goes by here; 0 and less are none.</summary>
    private static bool IsAnyOverdue(ReadOnlySpan<Segment> segments, long beforeMs)
    {
        foreach (var segment in segments)
        {
            if (segment.FirstTimestampMs > 0 && segment.FirstTimestampMs < beforeMs) return true;
        }
        return false;
    }

    private static long BytesBelow(ReadOnlySpan<Segment> segments, long offset)
    {
        long bytes = 0;
        foreach (var segment in segments)
        {
            if (segment.BaseOffset < offset) bytes += segment.Size;
        }
        return bytes;
    }

    /// <summary>What a segment must keep to so that it may be cleaned.</summary>
    private readonly record struct Bounds(long StableOffset, long NewestMs);
}
