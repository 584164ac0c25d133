using System.Text;

using Moldau.Protocol.Records;

namespace Moldau.Log.Tests.Cleaning;

/// <summary>What was appended to a log of keyed records, and what compaction may and must leave of it.</summary>
internal sealed class KeyedModel
{
    private readonly SortedDictionary<long, Entry> _entries = [];
    private readonly Dictionary<long, long> _tombstonesStayUntil = [];

    public void Appended(long offset, string key, string? value, long timestampMs, long producerId) =>
        _entries.Add(offset, new Entry(key, value, timestampMs, producerId));

    /// <summary>The transaction of the producer that holds the offsets from the first on has ended.</summary>
    public void Ended(long producerId, long firstOffset, bool isCommit)
    {
        foreach (var (offset, entry) in _entries)
        {
            if (offset >= firstOffset && entry.ProducerId == producerId) entry.Fate = isCommit ? Fate.Committed : Fate.Aborted;
        }
    }

    public void Opened(long offset) => _entries[offset].Fate = Fate.Open;

    /// <summary>What was not flushed when the machine stopped may be gone.</summary>
    public void CutTo(long logEndOffset)
    {
        foreach (long gone in _entries.Keys.Where(offset => offset >= logEndOffset).ToList()) _entries.Remove(gone);
    }

    /// <summary>A pass at this time went up to the offset; from then on the time of the tombstones below it runs.</summary>
    public void Cleaned(long cleanedOffset, long nowMs, long deleteRetentionMs)
    {
        foreach (var (offset, entry) in _entries)
        {
            if (offset < cleanedOffset && entry.Value is null) _tombstonesStayUntil.TryAdd(offset, nowMs + deleteRetentionMs);
        }
    }

    /// <summary>Compares with all that a log holds.</summary>
    public void Check(PartitionLog log, long nowMs)
    {
        var found = ReadAll(log);
        foreach (var (offset, record) in found)
        {
            Assert.True(_entries.TryGetValue(offset, out var entry), $"offset {offset} was never appended");
            Assert.Equal((entry.Key, entry.Value, entry.TimestampMs), (record.Key, record.Value, record.TimestampMs));
        }
        CheckLastValues(found);
        CheckTombstones(found, nowMs);
        CheckCleanPart(found, log.Cleaning.CleanedOffset ?? 0);
        Assert.Equal(CommittedBelow(log.LastStableOffset), ReadCommitted(log));
    }

    /// <summary>Nothing that a reader may still see is missing: the last value of each key, and what no transaction has decided.</summary>
    private void CheckLastValues(SortedDictionary<long, Found> found)
    {
        var last = new Dictionary<string, long>();
        foreach (var (offset, entry) in _entries)
        {
            if (entry.Fate == Fate.Committed) last[entry.Key] = offset;
            if (entry.Fate == Fate.Open) Assert.True(found.ContainsKey(offset), $"offset {offset} of an open transaction is gone");
        }
        foreach (var (key, offset) in last)
        {
            if (_entries[offset].Value is not null) Assert.True(found.ContainsKey(offset), $"the last value of {key} at offset {offset} is gone");
        }
    }

    private void CheckTombstones(SortedDictionary<long, Found> found, long nowMs)
    {
        var last = new Dictionary<string, long>();
        foreach (var (offset, entry) in _entries.Where(entry => entry.Value.Fate == Fate.Committed)) last[entry.Key] = offset;
        foreach (long offset in last.Values.Where(offset => _entries[offset].Value is null))
        {
            bool mayBeGone = _tombstonesStayUntil.TryGetValue(offset, out long untilMs) && untilMs <= nowMs;
            Assert.True(mayBeGone || found.ContainsKey(offset), $"the tombstone at offset {offset} is gone before its time");
        }
    }

    private void CheckCleanPart(SortedDictionary<long, Found> found, long cleanedOffset)
    {
        var keys = new HashSet<string>();
        foreach (var (offset, record) in found.Where(entry => entry.Key < cleanedOffset))
        {
            Assert.True(keys.Add(record.Key), $"{record.Key} at offset {offset} stands twice in what was cleaned up to {cleanedOffset}");
            Assert.True(_entries[offset].Fate == Fate.Committed, $"offset {offset} was aborted and is there, though it was cleaned");
        }
    }

    private Dictionary<string, string> CommittedBelow(long lastStableOffset)
    {
        var table = new Dictionary<string, string>();
        foreach (var (offset, entry) in _entries)
        {
            if (offset < lastStableOffset && entry.Fate == Fate.Committed) Put(table, entry.Key, entry.Value);
        }
        return table;
    }

    private static void Put(Dictionary<string, string> table, string key, string? value)
    {
        if (value is null) table.Remove(key);
        else table[key] = value;
    }

    /// <summary>The table that a consumer at read_committed makes of the log, who goes by the aborted transactions and the markers.</summary>
    private static Dictionary<string, string> ReadCommitted(PartitionLog log)
    {
        var table = new Dictionary<string, string>();
        var ahead = new Queue<Segments.AbortedTransaction>(
            log.AbortedTransactions(log.LogStartOffset, log.LastStableOffset).OrderBy(transaction => transaction.FirstOffset));
        var aborting = new HashSet<long>();
        ForEachBatch(log, ReadBound.LastStableOffset, (header, batch) =>
        {
            while (ahead.TryPeek(out var next) && next.FirstOffset <= header.LastOffset) aborting.Add(ahead.Dequeue().ProducerId);
            if (header.IsControl)
            {
                if (Producers.TransactionMarker.Read(batch.Span, header) is { IsCommit: false }) aborting.Remove(header.ProducerId);
                return;
            }
            if (header.IsTransactional && aborting.Contains(header.ProducerId)) return;
            foreach (var record in new BatchRecords(batch)) Put(table, Text(record.Key)!, Text(record.Value));
        });
        return table;
    }

    private static SortedDictionary<long, Found> ReadAll(PartitionLog log)
    {
        var found = new SortedDictionary<long, Found>();
        ForEachBatch(log, ReadBound.LogEnd, (header, batch) =>
        {
            if (header.IsControl) return;
            long maxMs = -1;
            foreach (var record in new BatchRecords(batch))
            {
                found.Add(record.Offset, new Found(Text(record.Key)!, Text(record.Value), record.Timestamp));
                maxMs = Math.Max(maxMs, record.Timestamp);
            }
            if (header.RecordCount > 0) Assert.Equal(maxMs, header.MaxTimestamp);
        });
        return found;
    }

    private static void ForEachBatch(PartitionLog log, ReadBound bound, Action<BatchHeader, ReadOnlyMemory<byte>> take)
    {
        long from = log.LogStartOffset, last = -1;
        while (true)
        {
            using var read = log.Read(from, 1 << 20, bound);
            Assert.Equal(Protocol.ErrorCode.None, read.Error);
            var batches = new BatchEnumerator(read.Records.Span);
            long before = from;
            while (batches.MoveNext())
            {
                var header = batches.Current;
                Assert.True(header.CrcMatches(batches.CurrentBytes), $"the checksum of the batch at {header.BaseOffset} is wrong");
                Assert.True(header.BaseOffset > last, $"the batch at {header.BaseOffset} begins before {last} ends");
                last = header.LastOffset;
                take(header, read.Records[batches.Position..batches.WholeBytes]);
                from = header.NextOffset;
            }
            if (from == before) return;
        }
    }

    private static string? Text(ReadOnlyMemory<byte>? bytes) => bytes is { } some ? Encoding.UTF8.GetString(some.Span) : null;

    private enum Fate
    {
        Committed,
        Open,
        Aborted,
    }

    private sealed record Entry(string Key, string? Value, long TimestampMs, long ProducerId)
    {
        public Fate Fate { get; set; }
    }

    private readonly record struct Found(string Key, string? Value, long TimestampMs);
}
