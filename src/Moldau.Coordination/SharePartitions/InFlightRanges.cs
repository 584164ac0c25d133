namespace Moldau.Coordination.SharePartitions;

/// <summary>
/// The records of a share partition that are known of, as ranges in the order of their offsets. There may be holes between them, where the
/// log has no records.
/// </summary>
internal sealed class InFlightRanges
{
    private readonly List<InFlightRange> _ranges = [];

    public int Count => _ranges.Count;

    public InFlightRange this[int index] => _ranges[index];

    /// <summary>The index of the first range that does not lie before the offset; <see cref="Count"/> if there is none.</summary>
    public int IndexFrom(long offset)
    {
        int low = 0, high = _ranges.Count;
        while (low < high)
        {
            int middle = (low + high) / 2;
            if (_ranges[middle].Last < offset) low = middle + 1;
            else high = middle;
        }
        return low;
    }

    /// <summary>Adds a range behind all others.</summary>
    public void Append(InFlightRange range) => _ranges.Add(range);

    /// <summary>Makes the range at the index end before the offset, with another one that begins there.</summary>
    public void Split(int index, long offset) => _ranges.Insert(index + 1, _ranges[index].SplitAt(offset));

    /// <summary>Makes a batch of its own of what the range at the index has up to the offset; nobody has had any of it.</summary>
    public void CutBatch(int index, long last)
    {
        var range = _ranges[index];
        if (last < range.Last) Split(index, last + 1);
        _ranges[index] = InFlightRange.New(new(range.First, Math.Min(last, range.Last)));
    }

    /// <summary>Makes a range begin at the offset, if one has it.</summary>
    public void SplitAt(long offset)
    {
        int index = IndexFrom(offset);
        if (index < Count && _ranges[index].First < offset) Split(index, offset);
    }

    /// <summary>Makes one range of those that are alike, from the index on up to the one that begins after the offset.</summary>
    public void Join(int index, long last)
    {
        int kept = index;
        int next = index + 1;
        for (; next < Count && _ranges[next].First <= last; next++)
        {
            if (!_ranges[kept].TryJoin(_ranges[next])) _ranges[++kept] = _ranges[next];
        }
        if (next > kept + 1) _ranges.RemoveRange(kept + 1, next - kept - 1);
    }

    public void RemoveFirst(int count) => _ranges.RemoveRange(0, count);
}
