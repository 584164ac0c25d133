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
        var segments = log.Segments.From(range.FirstDirtyOffset);
        // The last one found is not cleaned, and neither is what the range ends before.
        for (int i = 0; i < segments.Length - 1 && segments[i].BaseOffset < range.FirstUncleanableOffset; i++)
        {
            if (!TryAdd(segments[i], segments[i + 1].BaseOffset, map, stop)) return map;
        }
        // The last records may be gone already: nothing can come before the first uncleanable segment any more.
        map.Covers(range.FirstUncleanableOffset);
        return map;
    }

    /// <summary>False if the map is full.</summary>
    private bool TryAdd(Segment segment, long endOffset, OffsetMap map, CancellationToken stop)
    {
        reader.Begin(segment, new BatchSearch(segment).PositionBefore(Math.Max(range.FirstDirtyOffset, segment.BaseOffset)), endOffset);
        while (reader.MoveNext())
        {
            stop.ThrowIfCancellationRequested();
            var header = reader.Header;
            if (header.LastOffset < range.FirstDirtyOffset) continue;
            if (header.IsControl) _transactions.End(header, Producers.TransactionMarker.Read(reader.Batch.Span, header));
            else if (!_transactions.IsAborted(header) && !TryAddRecords(map)) return false;
            map.Covers(header.NextOffset);
        }
        return true;
    }

    private bool TryAddRecords(OffsetMap map)
    {
        try
        {
            var places = new RecordPlaces(reader.Header);
            foreach (var record in new BatchRecords(reader.Batch, settings.DecompressedBytesMax))
            {
                places.Take(record.Offset);
                if (record.Offset < range.FirstDirtyOffset) continue;
                if (record.Key is { } key && !map.TryPut(key.Span, record.Offset)) return false;
                map.Covers(record.Offset + 1);
            }
            return true;
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            // As where the batch is filtered: nothing else is asked here.
            throw reader.Uncleanable(e.Message, e);
        }
    }
}
