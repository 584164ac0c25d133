using Moldau.Coordination.ShareState;

namespace Moldau.Coordination.SharePartitions;

/// <summary>Whether a fetch may get more records than it asked for. The values are those of the protocol.</summary>
internal enum ShareAcquireMode : sbyte
{
    /// <summary>Batches are acquired whole.</summary>
    BatchOptimized = 0,

    /// <summary>Never more records than were asked for.</summary>
    RecordLimit = 1,
}

/// <summary>What a member wants of a share partition.</summary>
internal readonly record struct AcquireRequest
{
    public required string MemberId { get; init; }

    public ShareAcquireMode Mode { get; init; }

    public required int RecordsMax { get; init; }

    /// <summary>About how many records are acquired, and so acknowledged, as one range, where whole batches are acquired.</summary>
    public int BatchSize { get; init; }

    /// <summary>From where on the log was read.</summary>
    public required long FetchOffset { get; init; }

    public required long NowMs { get; init; }

    public required ShareDeliverySettings Settings { get; init; }

    public long LockedUntilMs => NowMs + Settings.LockDurationMs;
}

/// <summary>Records that a fetch has acquired.</summary>
internal readonly record struct AcquiredRange(OffsetRange Offsets, short DeliveryCount);

/// <summary>One fetch's acquisition of records from the batches that were read.</summary>
internal ref struct Acquisition(InFlightRanges ranges, AcquireRequest request, ReadOnlySpan<OffsetRange> fetched)
{
    private readonly ReadOnlySpan<OffsetRange> _fetched = fetched;
    private readonly List<AcquiredRange> _acquired = [];
    private long _max = 0;
    private long _count = 0;

    public readonly IReadOnlyList<AcquiredRange> Acquired => _acquired;

    private readonly long Room => _max - _count;

    /// <summary>Acquires what it may, and returns the new end.</summary>
    public long Run(long startOffset, long endOffset)
    {
        long last = _fetched[^1].Last;
        _max = Math.Min(request.RecordsMax, request.Settings.RecordLocksMax - (endOffset - startOffset));
        if (_max <= 0)
        {
            // There is no room for more, but what was handed out before may be handed out again.
            last = Math.Min(last, endOffset - 1);
            _max = Math.Min(request.RecordsMax, endOffset - request.FetchOffset);
            if (_max <= 0) return endOffset;
        }
        ArchiveMissing(request.FetchOffset, _fetched[0].First - 1);
        if (!AcquireAgain(_fetched[0].First, last) || last < endOffset || Room <= 0) return endOffset;
        return AcquireNew(Math.Max(endOffset, _fetched[0].First), last);
    }

    /// <summary>Takes back what was acquired in the range, for good.</summary>
    public readonly void Archive(OffsetRange aborted)
    {
        ranges.SplitAt(aborted.First);
        ranges.SplitAt(aborted.Last + 1);
        for (int index = ranges.IndexFrom(aborted.First); index < ranges.Count && ranges[index].First <= aborted.Last; index++)
        {
            if (ranges[index].State == DeliveryState.Acquired && IsAcquired(ranges[index].First)) ranges[index].Become(DeliveryState.Archived);
        }
        for (int index = _acquired.Count - 1; index >= 0; index--) Leave(index, aborted);
    }

    private readonly bool IsAcquired(long offset)
    {
        foreach (var (offsets, _) in _acquired)
        {
            if (offsets.First <= offset && offset <= offsets.Last) return true;
        }
        return false;
    }

    /// <summary>Leaves of the acquired range at the index what lies outside the other one.</summary>
    private readonly void Leave(int index, OffsetRange other)
    {
        var (offsets, deliveryCount) = _acquired[index];
        if (offsets.Last < other.First || offsets.First > other.Last) return;
        _acquired.RemoveAt(index);
        if (offsets.Last > other.Last) _acquired.Insert(index, new(new(other.Last + 1, offsets.Last), deliveryCount));
        if (offsets.First < other.First) _acquired.Insert(index, new(new(offsets.First, other.First - 1), deliveryCount));
    }

    /// <summary>The log has no records any more between where it was read and what it gave: compaction took them.</summary>
    private readonly void ArchiveMissing(long first, long last)
    {
        if (last < first) return;
        ranges.SplitAt(first);
        ranges.SplitAt(last + 1);
        for (int index = ranges.IndexFrom(first); index < ranges.Count && ranges[index].First <= last; index++)
        {
            if (ranges[index].IsAvailable) ranges[index].Become(DeliveryState.Archived);
        }
    }

    /// <summary>Acquires records that were handed out before. False: nothing else may be acquired with them.</summary>
    private bool AcquireAgain(long first, long last)
    {
        ranges.SplitAt(first);
        ranges.SplitAt(last + 1);
        int index = ranges.IndexFrom(first);
        while (index < ranges.Count && ranges[index].First <= last && Room > 0)
        {
            if (request.Mode == ShareAcquireMode.BatchOptimized && ranges[index].IsNew) CutNew(index);
            var batch = ranges[index].Batch;
            bool isSuspect = IsSuspect(index, last);
            if (isSuspect && _count > 0) return false;
            if (isSuspect) AcquireFew(index, last);
            else AcquireBatch(index, last);
            if (isSuspect && _count > 0) return false;
            while (index < ranges.Count && ranges[index].Batch == batch) index++;
        }
        return true;
    }

    /// <summary>Of records that nobody has had, as a restart leaves them between the stored ranges, as many go together as behind the end.</summary>
    private readonly void CutNew(int index)
    {
        long first = ranges[index].First;
        ranges.CutBatch(index, Math.Min(EndOfBatchWith(first + Room - 1), EndOfRangeFrom(first)));
    }

    /// <summary>Whether a record of the batch that may be acquired has come back so often that it is better kept apart from others.</summary>
    private readonly bool IsSuspect(int index, long last)
    {
        var batch = ranges[index].Batch;
        for (; IsOf(batch, index, last); index++)
        {
            if (ranges[index].IsAvailable && ranges[index].DeliveryCount >= request.Settings.SuspicionLimit) return true;
        }
        return false;
    }

    private void AcquireBatch(int index, long last)
    {
        var batch = ranges[index].Batch;
        for (; IsOf(batch, index, last); index++)
        {
            if (!ranges[index].IsAvailable) continue;
            if (request.Mode == ShareAcquireMode.RecordLimit) Shorten(index, Room);
            Acquire(ranges[index]);
            if (request.Mode == ShareAcquireMode.RecordLimit && Room <= 0) return;
        }
    }

    /// <summary>Acquires the fewer records of a batch the oftener they have come back, and at the last delivery one alone.</summary>
    private void AcquireFew(int index, long last)
    {
        var batch = ranges[index].Batch;
        long? few = null;
        for (; IsOf(batch, index, last); index++)
        {
            var range = ranges[index];
            if (!range.IsAvailable) continue;
            bool isLast = request.Settings.IsLastDelivery(range.DeliveryCount);
            if (isLast && _count > 0) return;
            int suspicion = range.DeliveryCount - request.Settings.SuspicionLimit;
            if (suspicion >= 0) few ??= Math.Max(1, batch.Count >> (suspicion + 1));
            long most = Math.Min(few ?? long.MaxValue, request.Mode == ShareAcquireMode.RecordLimit ? _max : long.MaxValue) - _count;
            if (most <= 0) return;
            Shorten(index, isLast ? 1 : most);
            Acquire(range);
            if (isLast) return;
        }
    }

    private readonly bool IsOf(OffsetRange batch, int index, long last) =>
        index < ranges.Count && ranges[index].Batch == batch && ranges[index].First <= last;

    private readonly void Shorten(int index, long count)
    {
        var range = ranges[index];
        if (range.Offsets.Count > count) ranges.Split(index, range.First + count);
    }

    private void Acquire(InFlightRange range)
    {
        range.Acquire(request.MemberId, request.LockedUntilMs);
        _count += range.Offsets.Count;
        _acquired.Add(new(range.Offsets, range.DeliveryCount));
    }

    /// <summary>Acquires records that nobody has had yet, and returns the offset after them.</summary>
    private long AcquireNew(long first, long last)
    {
        long room = Room;
        if (last - first + 1 > room) last = EndOfBatchWith(first + room - 1);
        if (request.Mode == ShareAcquireMode.RecordLimit)
        {
            Add(new(first, last));
            if (last - first + 1 > room) Shorten(ranges.Count - 1, room);
            Acquire(ranges[ranges.IndexFrom(first)]);
            return last + 1;
        }
        for (long end = EndOfRangeFrom(first); end < last; end = EndOfRangeFrom(first))
        {
            Add(new(first, end));
            Acquire(ranges[ranges.Count - 1]);
            first = end + 1;
        }
        Add(new(first, last));
        Acquire(ranges[ranges.Count - 1]);
        return last + 1;
    }

    private readonly void Add(OffsetRange offsets) => ranges.Append(InFlightRange.New(offsets));

    /// <summary>Where a range that begins at the offset ends: before the first batch that begins so many records behind it.</summary>
    private readonly long EndOfRangeFrom(long first)
    {
        int low = 0, high = _fetched.Length;
        while (low < high)
        {
            int middle = (low + high) / 2;
            if (_fetched[middle].First - first < Math.Max(request.BatchSize, 1)) low = middle + 1;
            else high = middle;
        }
        return low < _fetched.Length ? _fetched[low].First - 1 : long.MaxValue;
    }

    /// <summary>The last offset of the batch that has the offset; the offset itself, where the log has none there.</summary>
    private readonly long EndOfBatchWith(long offset)
    {
        foreach (var batch in _fetched)
        {
            if (batch.First <= offset && offset <= batch.Last) return batch.Last;
        }
        return offset;
    }
}
