using Moldau.Log.Segments;
using Moldau.Protocol.Records;

namespace Moldau.Log.Cleaning;

/// <summary>
/// Puts the keys of the dirty part into an offset map, as far as they fit. Where the map is full the pass ends, be it in the
/// middle of a segment or of a batch; the next one begins there. So even a batch with more keys than the map has room for is
/// cleaned bit by bit, where Kafka would stand still.
/// </summary>
internal sealed class OffsetMapBuilder(PartitionLog log, CleaningRange range, SegmentReader reader, CleaningSettings settings)
{
    private readonly CleanedTransactions _transactions = new();

    public OffsetMap Build(CancellationToken stop)
    {
        var map = OffsetMap.For(range.FirstUncleanableOffset - range.FirstDirtyOffset, settings);
        _transactions.Expect(log.AbortedTransactions(range.FirstDirtyOffset, range.FirstUncleanableOffset));
        map.Covers(range.FirstDirtyOffset);
        foreach (var segment in log.Segments.From(range.FirstDirtyOffset))
        {
            if (segment.BaseOffset >= range.FirstUncleanableOffset) break;
            if (!TryAdd(segment, map, stop)) return map;
        }
        // The last records may be gone already: nothing can come before the first uncleanable segment any more.
        map.Covers(range.FirstUncleanableOffset);
        return map;
    }

    /// <summary>False if the map is full.</summary>
    private bool TryAdd(Segment segment, OffsetMap map, CancellationToken stop)
    {
        reader.Begin(segment, segment.PositionBefore(Math.Max(range.FirstDirtyOffset, segment.BaseOffset)));
        while (reader.MoveNext())
        {
            stop.ThrowIfCancellationRequested();
            var header = reader.Header;
            if (header.LastOffset < range.FirstDirtyOffset) continue;
            if (!header.IsControl && !_transactions.IsAborted(header) && !TryAddRecords(map)) return false;
            if (header.IsControl) _transactions.End(header, Producers.TransactionMarker.Read(reader.Batch.Span, header));
            map.Covers(header.NextOffset);
        }
        return true;
    }

    private bool TryAddRecords(OffsetMap map)
    {
        try
        {
            foreach (var record in new BatchRecords(reader.Batch, settings.DecompressedBytesMax))
            {
                if (record.Offset < range.FirstDirtyOffset) continue;
                if (record.Key is { } key && !map.TryPut(key.Span, record.Offset)) return false;
                map.Covers(record.Offset + 1);
            }
            return true;
        }
        catch (MalformedBatchException e)
        {
            throw reader.Uncleanable(e.Message, e);
        }
    }
}
