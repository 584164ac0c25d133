using Moldau.Log.Segments;

namespace Moldau.Log.Upkeep;

/// <summary>What retention looks at beside the segments.</summary>
internal readonly record struct RetentionBounds
{
    public required LogSettings Settings { get; init; }

    public required long LogStartOffset { get; init; }

    /// <summary>No segment goes that reaches beyond it.</summary>
    public required long DeletableEnd { get; init; }

    public required long LogEndOffset { get; init; }

    public required long NowMs { get; init; }
}

/// <summary>Decides how many of a log's oldest segments go, as Kafka does: by age, by size, and by what DeleteRecords gave up.</summary>
internal static class Retention
{
    public static int CountOld(ReadOnlySpan<Segment> segments, in RetentionBounds bounds)
    {
        int count = 0;
        if (bounds.Settings.CleanupPolicy.HasFlag(CleanupPolicies.Delete))
        {
            count = CountExpired(segments, bounds);
            count += CountBeyondSize(segments[count..], bounds);
        }
        while (count < segments.Length - 1 && segments[count + 1].BaseOffset <= bounds.LogStartOffset && IsDeletable(segments, count, bounds)) count++;
        return count;
    }

    private static int CountExpired(ReadOnlySpan<Segment> segments, in RetentionBounds bounds)
    {
        if (bounds.Settings.RetentionMs < 0) return 0;
        int count = 0;
        while (count < segments.Length && IsExpired(segments[count], bounds) && IsDeletable(segments, count, bounds)) count++;
        return count;
    }

    private static bool IsExpired(Segment segment, in RetentionBounds bounds) => bounds.NowMs - segment.LargestTimestampMs > bounds.Settings.RetentionMs;

    private static int CountBeyondSize(ReadOnlySpan<Segment> segments, in RetentionBounds bounds)
    {
        if (bounds.Settings.RetentionBytes < 0) return 0;
        long surplus = -bounds.Settings.RetentionBytes;
        foreach (var segment in segments) surplus += segment.Size;
        int count = 0;
        while (count < segments.Length && surplus >= segments[count].Size && IsDeletable(segments, count, bounds)) surplus -= segments[count++].Size;
        return count;
    }

    /// <summary>The last segment goes too when it holds records: an empty one takes its place.</summary>
    private static bool IsDeletable(ReadOnlySpan<Segment> segments, int index, in RetentionBounds bounds)
    {
        bool isLast = index == segments.Length - 1;
        if (isLast && segments[index].Size == 0) return false;
        return (isLast ? bounds.LogEndOffset : segments[index + 1].BaseOffset) <= bounds.DeletableEnd;
    }
}
