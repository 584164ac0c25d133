using Moldau.Log.Segments;

namespace Moldau.Log;

/// <summary>
/// The segments of a log in the order of their offsets. Changed under the partition's lock by putting a new array in place;
/// readers take the array as it is.
/// </summary>
internal sealed class LogSegments(Segment[] segments)
{
    private volatile Segment[] _segments = segments;

    public ReadOnlySpan<Segment> All => _segments;

    public Segment Active => _segments[^1];

    public Segment First => _segments[0];

    public void Add(Segment segment) => _segments = [.. _segments, segment];

    public void Replace(Segment[] segments) => _segments = segments;

    /// <summary>Puts one segment in the place of several that stand side by side.</summary>
    public void Replace(ReadOnlySpan<Segment> old, Segment replacement)
    {
        int first = Array.IndexOf(_segments, old[0]);
        _segments = [.. _segments[..first], replacement, .. _segments[(first + old.Length)..]];
    }

    /// <summary>The segment that holds the offset, and those behind it; empty if the offset is before the first segment.</summary>
    public ReadOnlySpan<Segment> From(long offset) => TakeFrom(offset).Span;

    /// <summary>The same for whoever comes back to them: as they are now, whatever stands in their place then.</summary>
    public ReadOnlyMemory<Segment> TakeFrom(long offset)
    {
        var segments = _segments;
        int low = 0, high = segments.Length;
        while (low < high)
        {
            int middle = (low + high) >>> 1;
            if (segments[middle].BaseOffset <= offset) low = middle + 1;
            else high = middle;
        }
        return low == 0 ? default : segments.AsMemory(low - 1);
    }
}
