using Moldau.Broker.Net;
using Moldau.Log;
using Moldau.Protocol.Records;

namespace Moldau.Broker.Handlers.Records;

/// <summary>
/// Follows how much more a waiting fetch could be answered with, of what its own isolation lets it see. Each byte is looked at once, so that
/// a fetch that wants many does not read all of them again with every small append; and what retention or compaction takes away behind it
/// makes no difference.
/// </summary>
internal sealed class FetchGrowth
{
    private const int ReadBytesMax = ConnectionLimits.UnreservedBytes;

    private readonly List<Place> _places = [];
    private readonly ReadBound _bound;
    private long _missing;

    /// <summary>Begins where the reads, which were not enough, have ended.</summary>
    public FetchGrowth(FetchReads reads, in FetchBounds bounds)
    {
        _bound = bounds.Bound;
        _missing = bounds.BytesMin - reads.Bytes;
        foreach (var read in reads.All)
        {
            if (read is not { EndsWait: false, Partition.Log: var log }) continue;
            var (next, length) = EndOf(read.Read.Records.Span, read.Target.Offset);
            _places.Add(new Place(log, read.Target.Offset) { Next = next, Room = read.Target.BytesMax - length });
        }
    }

    /// <summary>False as long as another read of all could not bring enough.</summary>
    public bool MayBeEnough()
    {
        foreach (var place in _places)
        {
            while (place.Room > 0 && place.Next < Visible(place.Log))
            {
                // The smallest batch would do.
                if (_missing <= BatchHeader.Size) return true;
                if (!TryCount(place)) return true;
            }
        }
        return _missing <= 0;
    }

    /// <summary>False where the next batch is larger than what is read here, stands in another segment, or there is an error to tell.</summary>
    private bool TryCount(Place place)
    {
        using var all = place.Log.Read(place.From, maxBytes: 0, _bound, OversizedBatch.Omit);
        if (all.IsInOlderSegment) return false;
        using var read = place.Log.Read(place.Next, Math.Min(place.Room, ReadBytesMax), _bound, OversizedBatch.Omit);
        var (next, length) = EndOf(read.Records.Span, place.Next);
        if (next <= place.Next) return false;
        place.Next = next;
        place.Room -= length;
        _missing -= length;
        return true;
    }

    private long Visible(PartitionLog log) => _bound == ReadBound.LastStableOffset ? log.LastStableOffset : log.HighWatermark;

    /// <summary>The offset after the whole batches, and their bytes.</summary>
    private static (long Next, int Length) EndOf(ReadOnlySpan<byte> records, long from)
    {
        long next = from;
        var batches = new BatchEnumerator(records);
        while (batches.MoveNext()) next = batches.Current.NextOffset;
        return (next, batches.WholeBytes);
    }

    private sealed class Place(PartitionLog log, long from)
    {
        public PartitionLog Log => log;

        /// <summary>Where another read of all begins.</summary>
        public long From => from;

        public long Next { get; set; }

        /// <summary>Bytes that the fetch may still have of this partition.</summary>
        public int Room { get; set; }
    }
}
