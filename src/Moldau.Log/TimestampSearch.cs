using Moldau.Log.Segments;
using Moldau.Protocol;
using Moldau.Protocol.Records;

namespace Moldau.Log;

/// <summary>Finds records by their timestamps, through the time indexes.</summary>
internal sealed class TimestampSearch(PartitionLog log)
{
    /// <summary>The first record at or after the timestamp that is neither before the log start nor at or beyond the limit.</summary>
    public TimestampAndOffset? FirstAtOrAfter(long timestampMs, long limit)
    {
        long start = log.LogStartOffset;
        foreach (var segment in log.Segments.From(start))
        {
            if (segment.Newest.TimestampMs < timestampMs) continue;
            if (FirstIn(segment, timestampMs, start) is { } found) return found.Offset < limit ? found : null;
        }
        return null;
    }

    /// <summary>The record with the largest timestamp, the first of them if several have it; null if it is not below the limit.</summary>
    public TimestampAndOffset? Largest(long limit)
    {
        if (log.NewestSegment() is not var (segment, newest)) return null;
        return FirstIn(segment, newest.TimestampMs, segment.BaseOffset) is { } found && found.Offset < limit ? found : null;
    }

    private TimestampAndOffset? FirstIn(Segment segment, long timestampMs, long start)
    {
        long known = segment.BaseOffset + segment.Times.RelativeOffsetBefore(timestampMs);
        int from = new BatchSearch(segment).PositionBefore(Math.Max(known, start));
        Span<byte> window = stackalloc byte[HeaderWalk.WindowBytes];
        var walk = new HeaderWalk(segment.Log, from, segment.Size, window);
        while (walk.MoveNext())
        {
            if (walk.Header.MaxTimestamp < timestampMs || walk.Header.LastOffset < start) continue;
            if (FirstIn(segment, walk, timestampMs, start) is { } found) return found;
        }
        return null;
    }

    private TimestampAndOffset? FirstIn(Segment segment, in HeaderWalk walk, long timestampMs, long start)
    {
        byte[] batch = new byte[walk.Header.TotalBytes];
        segment.Log.Read(walk.Position, batch);
        if (!walk.Header.CrcMatches(batch))
        {
            log.ReportDamage(segment.Log.Path, walk.Position);
            return null;
        }
        return FirstIn(batch, walk.Header, timestampMs, start);
    }

    /// <summary>
    /// Window by window, so that it takes no more memory for records that unfold to more: what another program has put into the log is not
    /// bounded by what is taken from producers here.
    /// </summary>
    private static TimestampAndOffset? FirstIn(ReadOnlyMemory<byte> batch, in BatchHeader header, long timestampMs, long start)
    {
        if (header.RecordCount == 0) return null;
        var records = batch[BatchHeader.Size..];
        using var source = header.Codec == CompressionCodec.None ? null : Decompressor.Open(header.Codec, records, long.MaxValue);
        var cursor = source is null ? new RecordCursor(records.Span) : new RecordCursor(source);
        for (int i = 0; i < header.RecordCount; i++)
        {
            if (cursor.Next(out var shape) != RecordFault.None)
                throw new MalformedBatchException(ErrorCode.InvalidRecord, $"The record batch at offset {header.BaseOffset} cannot be read: record {i} is damaged.");
            var (timestamp, offset) = (header.TimestampOf(shape.TimestampDelta), header.BaseOffset + shape.OffsetDelta);
            if (timestamp >= timestampMs && offset >= start) return new TimestampAndOffset(timestamp, offset, header.LeaderEpoch);
        }
        return null;
    }
}
