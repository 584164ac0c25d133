using Moldau.Log.Segments;

namespace Moldau.Log.Cleaning;

/// <summary>
/// Which segments are cleaned into one: as many as are sure to fit into it, so that a log that shrinks does not fall into ever
/// more small segments.
/// </summary>
internal static class SegmentGroups
{
    /// <summary>Groups the segments below an offset. Each group is a part of the given segments.</summary>
    public static List<ArraySegment<Segment>> Of(Segment[] segments, long endOffset, LogSettings settings)
    {
        var groups = new List<ArraySegment<Segment>>();
        int count = segments.TakeWhile(segment => segment.BaseOffset < endOffset).Count();
        for (int first = 0; first < count;)
        {
            int end = first + 1;
            var sizes = Sizes.Of(segments[first]);
            while (end < count && Fits(segments, first, end, settings, ref sizes)) end++;
            groups.Add(new ArraySegment<Segment>(segments, first, end - first));
            first = end;
        }
        return groups;
    }

    private static bool Fits(Segment[] segments, int first, int next, LogSettings settings, ref Sizes sizes)
    {
        var together = sizes.Plus(Sizes.Of(segments[next]));
        // What follows a segment bounds its last offset; one that is empty has none.
        long end = next + 1 < segments.Length ? segments[next + 1].BaseOffset : long.MaxValue;
        bool offsetsFit = segments[next].Size == 0 || end - 1 - segments[first].BaseOffset <= int.MaxValue;
        if (!offsetsFit || together.Log > settings.SegmentBytes) return false;
        if (Math.Max(together.Offsets, together.Times) > settings.SegmentIndexBytes) return false;
        sizes = together;
        return true;
    }

    private readonly record struct Sizes(long Log, long Offsets, long Times)
    {
        public static Sizes Of(Segment segment) => new(
            segment.Size, (long)segment.Offsets.Entries.Count * OffsetIndex.EntryBytes, (long)segment.Times.Entries.Count * TimeIndex.EntryBytes);

        public Sizes Plus(Sizes other) => new(Log + other.Log, Offsets + other.Offsets, Times + other.Times);
    }
}
