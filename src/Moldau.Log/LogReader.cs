using System.Buffers;

using Moldau.Log.Segments;
using Moldau.Protocol;
using Moldau.Protocol.Records;

namespace Moldau.Log;

/// <summary>
/// What reads do to a log's segments. No lock is taken: the segments' published sizes and the log's published offsets say what
/// may be seen.
/// </summary>
internal sealed class LogReader(PartitionLog log)
{
    public LogRead Read(long from, int maxBytes, ReadBound bound, OversizedBatch oversized)
    {
        long limit = log.OffsetOf(bound);
        if (from < log.LogStartOffset || from > log.LogEndOffset) return Nothing(ErrorCode.OffsetOutOfRange);
        if (from >= limit) return Nothing(ErrorCode.None);
        foreach (var segment in log.Segments.From(from))
        {
            // The size before the end: what the size covers is then known to lie before the end.
            int size = segment.Size;
            long end = log.LogEndOffset;
            if (segment.Locate(from, size) is not { } first) continue;
            if (first.Header.BaseOffset >= limit) break;
            int count = Math.Min(Math.Max(maxBytes, first.Header.TotalBytes), size - first.Position);
            if (first.Header.TotalBytes > maxBytes && oversized == OversizedBatch.Omit) break;
            return ReadBytes(segment, first.Position, count, limit < end ? limit : long.MaxValue);
        }
        return Nothing(ErrorCode.None);
    }

    public List<AbortedTransaction> Aborted(long from, long to)
    {
        var aborted = new List<AbortedTransaction>();
        foreach (var segment in log.Segments.From(from))
        {
            foreach (var transaction in segment.Aborted.Entries)
            {
                if (transaction.LastOffset >= from && transaction.FirstOffset < to) aborted.Add(transaction);
                // All transactions that began before the end are known once one says that all before it is stable.
                if (transaction.LastStableOffset >= to) return aborted;
            }
        }
        return aborted;
    }

    private static int WholeBelow(ReadOnlySpan<byte> bytes, long limit)
    {
        int at = 0;
        while (BatchHeader.TryRead(bytes[at..], out var header) && header.BaseOffset < limit)
        {
            if (header.TotalBytes > bytes.Length - at) return bytes.Length; // Torn, but below the limit.
            at += header.TotalBytes;
        }
        return at;
    }

    private LogRead ReadBytes(Segment segment, int position, int count, long limit)
    {
        byte[] pooled = ArrayPool<byte>.Shared.Rent(count);
        try
        {
            int read = segment.Log.Read(position, pooled.AsSpan(0, count));
            int seen = limit == long.MaxValue ? read : WholeBelow(pooled.AsSpan(0, read), limit);
            return Outcome(ErrorCode.None, pooled, seen);
        }
        catch
        {
            ArrayPool<byte>.Shared.Return(pooled);
            throw;
        }
    }

    private LogRead Nothing(ErrorCode error) => Outcome(error, null, 0);

    private LogRead Outcome(ErrorCode error, byte[]? pooled, int count) => new(pooled, pooled.AsMemory(0, count))
    {
        Error = error,
        LogStartOffset = log.LogStartOffset,
        HighWatermark = log.HighWatermark,
        LastStableOffset = log.LastStableOffset,
    };
}
