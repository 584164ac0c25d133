using System.Buffers;
using Moldau.Log.Segments;
using Moldau.Protocol;
using Moldau.Protocol.Records;

namespace Moldau.Log;

/// <summary>
/// What reads do to a log's segments. No lock is taken: the segments' published sizes and the log's published offsets say what
/// may be seen. What fails the observer is told.
/// </summary>
internal sealed class LogReader(LogEnvironment environment, PartitionLog log)
{
    private readonly Lock _lock = new();

    /// <summary>Damage that hides what stands behind it, by file and position: told once, not with each read. Null as long as there is none.</summary>
    private HashSet<(string Path, int Position)>? _hiding;

    public LogRead Read(long from, int maxBytes, ReadBound bound, OversizedBatch oversized)
    {
        try
        {
            return ReadWhole(from, maxBytes, bound, oversized);
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            // Appends may still work, and the next read too: too few handles, say.
            TellFailure(e);
            return new LogRead(null, default) { Error = ErrorCode.KafkaStorageError };
        }
    }

    public IReadOnlyList<AbortedTransaction> Aborted(long from, long to) => Search(() => Aborted(log.Segments.From(from), from, to));

    /// <inheritdoc cref="AbortedIn"/>
    public IReadOnlyList<AbortedTransaction> Aborted(long from, LogRead read) => Search(() => AbortedIn(from, read));

    public TimestampAndOffset? FirstAtOrAfter(long timestampMs, ReadBound bound) =>
        Search(() => new TimestampSearch(log).FirstAtOrAfter(timestampMs, log.OffsetOf(bound)));

    public TimestampAndOffset? WithLargestTimestamp(ReadBound bound) => Search(() => new TimestampSearch(log).Largest(log.OffsetOf(bound)));

    private T Search<T>(Func<T> search)
    {
        try
        {
            return search();
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException or MalformedBatchException)
        {
            TellFailure(e);
            throw new IOException($"{log.Name} cannot be read: {e.Message}", e);
        }
    }

    private void TellFailure(Exception cause)
    {
        if (!log.IsClosed) environment.Observer.ReadFailed(log.Name, cause);
    }

    private LogRead ReadWhole(long from, int maxBytes, ReadBound bound, OversizedBatch oversized)
    {
        // Taken once: what is told as the high watermark is the one that bounded this read, also when a flush ends meanwhile.
        long highWatermark = log.HighWatermark;
        long limit = bound == ReadBound.LogEnd ? log.OffsetOf(bound) : Math.Min(log.OffsetOf(bound), highWatermark);
        if (from < log.LogStartOffset || from > log.LogEndOffset) return Nothing(ErrorCode.OffsetOutOfRange, highWatermark);
        if (from >= limit) return Nothing(ErrorCode.None, highWatermark);
        bool isBehindDamage = false;
        for (var segments = log.Segments.TakeFrom(from); !segments.IsEmpty; segments = segments[1..])
        {
            var segment = segments.Span[0];
            // The size before the end: what the size covers is then known to lie before the end.
            int size = segment.Size;
            long end = log.LogEndOffset;
            if (new BatchSearch(segment).Locate(from, size, out int? damaged) is not { } first)
            {
                if (damaged is not { } at) continue;
                TellHiding(segment.Log.Path, at);
                // What is appended will stand behind it, too: whoever took this for the log's end would never find that.
                if (segments.Length == 1) return Nothing(ErrorCode.CorruptMessage, highWatermark);
                isBehindDamage = true;
                continue;
            }
            if (first.Header.BaseOffset >= limit && first.Header.BaseOffset < end) break;
            int count = Math.Min(Math.Max(maxBytes, first.Header.TotalBytes), size - first.Position);
            bool isOlder = segments.Length > 1 && segments.Span[1].BaseOffset < limit;
            bool isOmitted = first.Header.TotalBytes > maxBytes && oversized == OversizedBatch.Omit;
            var outcome = isOmitted ? Nothing(ErrorCode.None, highWatermark)
                : ReadBytes((segments, first.Position, count), Math.Min(limit, end), end, highWatermark);
            return outcome with { IsInOlderSegment = isOlder, IsBehindDamage = isBehindDamage };
        }
        return Nothing(ErrorCode.None, highWatermark) with { IsBehindDamage = isBehindDamage };
    }

    /// <summary>
    /// Those that a reader must know of what was read from an offset on, as the segments have them in which that was found. As in Kafka they
    /// are named up to the next batch that is in the index, which is a few more.
    /// </summary>
    private List<AbortedTransaction> AbortedIn(long from, in LogRead read)
    {
        var segments = read.Segments.Span;
        if (segments.IsEmpty) return [];
        var first = segments[0];
        long to = first.Offsets.EntryBehind(first.Relative(read.NextOffset - 1)) is { } entry ? first.BaseOffset + entry.RelativeOffset
            : segments.Length > 1 ? segments[1].BaseOffset
            : log.LogEndOffset;
        return Aborted(segments, from, to);
    }

    private void TellHiding(string path, int position)
    {
        lock (_lock)
        {
            _hiding ??= [];
            if (!_hiding.Add((path, position))) return;
        }
        log.ReportDamage(path, position);
    }

    private static List<AbortedTransaction> Aborted(ReadOnlySpan<Segment> segments, long from, long to)
    {
        var aborted = new List<AbortedTransaction>();
        foreach (var segment in segments)
        {
            var known = segment.Aborted.Entries;
            foreach (var transaction in known[CountBefore(known, from)..])
            {
                if (transaction.FirstOffset < to) aborted.Add(transaction);
                // All transactions that began before the end are known once one says that all before it is stable.
                if (transaction.LastStableOffset >= to) return aborted;
            }
        }
        return aborted;
    }

    /// <summary>How many of them ended before the offset. They stand in the order of their markers.</summary>
    private static int CountBefore(ReadOnlySpan<AbortedTransaction> transactions, long offset)
    {
        int low = 0, high = transactions.Length;
        while (low < high)
        {
            int middle = low + (high - low) / 2;
            if (transactions[middle].LastOffset < offset) low = middle + 1;
            else high = middle;
        }
        return low;
    }

    private LogRead ReadBytes((ReadOnlyMemory<Segment> Segments, int Position, int Count) from, long limit, long end, long highWatermark)
    {
        var file = from.Segments.Span[0].Log;
        byte[] pooled = ArrayPool<byte>.Shared.Rent(from.Count);
        try
        {
            int read = file.Read(from.Position, pooled.AsSpan(0, from.Count));
            int seen = CountGood(pooled.AsSpan(0, read), limit, end, out var damaged, out long next);
            if (damaged is { } at) log.ReportDamage(file.Path, from.Position + at);
            var outcome = Outcome(damaged == 0 ? ErrorCode.CorruptMessage : ErrorCode.None, pooled, seen, highWatermark);
            return outcome with { NextOffset = next, Segments = from.Segments };
        }
        catch
        {
            ArrayPool<byte>.Shared.Return(pooled);
            throw;
        }
    }

    /// <summary>
    /// How many of the bytes hold batches below the limit whose checksums are right. A last one that is not whole counts too:
    /// its reader asks for it again. Where the first damaged one begins is told apart; the checksum does not cover the offset,
    /// which must rise and lie before the log's end. And so is the offset behind the whole ones.
    /// </summary>
    private static int CountGood(ReadOnlySpan<byte> bytes, long limit, long end, out int? damaged, out long next)
    {
        damaged = null;
        int at = 0;
        next = long.MinValue;
        var place = new BatchPlace(FirstOffset: 0, end);
        while (BatchHeader.TryRead(bytes[at..], out var header))
        {
            bool isPossible = header.Length >= BatchHeader.Size - BatchHeader.LengthOverhead && place.Takes(header);
            if (isPossible && header.BaseOffset >= limit) return at;
            if (isPossible && header.Length > bytes.Length - at - BatchHeader.LengthOverhead) return bytes.Length;
            if (!isPossible || !header.CrcMatches(bytes.Slice(at, header.TotalBytes)))
            {
                damaged = at;
                return at;
            }
            at += header.TotalBytes;
            place = place.Behind(header);
            next = header.NextOffset;
        }
        // Less than a header may stand at the end.
        return limit == end ? bytes.Length : at;
    }

    private LogRead Nothing(ErrorCode error, long highWatermark) => Outcome(error, null, 0, highWatermark);

    private LogRead Outcome(ErrorCode error, byte[]? pooled, int count, long highWatermark) => new(pooled, pooled.AsMemory(0, count))
    {
        Error = error,
        LogStartOffset = log.LogStartOffset,
        HighWatermark = highWatermark,
        LastStableOffset = Math.Min(log.LastStableOffset, highWatermark),
    };
}
