using System.Text;
using Moldau.Broker.Hosting;
using Moldau.Protocol.Messages;
using Moldau.Protocol.Records;

namespace Moldau.Conformance.NewestVersions;

/// <summary>A record as a consumer gets it; in these tests it is a number, as text.</summary>
internal readonly record struct ReadRecord(long Offset, byte[] Value)
{
    public int Number => int.Parse(Encoding.UTF8.GetString(Value));
}

/// <summary>What a fetch brought for consumers: records, and the offset to read on from, which markers and aborted records move too.</summary>
internal sealed record ReadRecords(IReadOnlyList<ReadRecord> Records, long NextOffset)
{
    public IEnumerable<int> Numbers => Records.Select(record => record.Number);

    /// <summary>Of whole batches, from an offset on. Aborted records are left out, which is the client's part.</summary>
    public static ReadRecords Of(ReadOnlyMemory<byte> batches, long from, IEnumerable<FetchResponse.AbortedTransaction> aborted)
    {
        var records = new List<ReadRecord>();
        var waiting = new Queue<FetchResponse.AbortedTransaction>(aborted.OrderBy(transaction => transaction.FirstOffset));
        var open = new HashSet<long>();
        long next = from;
        foreach (var batch in new StoredBatches(batches))
        {
            var header = batch.Header;
            next = batch.NextOffset;
            while (waiting.TryPeek(out var transaction) && transaction.FirstOffset <= header.LastOffset) open.Add(waiting.Dequeue().ProducerId);
            if (header.IsControl) open.Remove(header.ProducerId);
            else if (!header.IsTransactional || !open.Contains(header.ProducerId)) AddFrom(from, batch.Bytes, records);
        }
        return new ReadRecords(records, next);
    }

    /// <summary>So many of them, and reading on from there.</summary>
    public ReadRecords First(int count) => count >= Records.Count ? this : new([.. Records.Take(count)], Records[count].Offset);

    private static void AddFrom(long from, ReadOnlyMemory<byte> batch, List<ReadRecord> records)
    {
        foreach (var record in new BatchRecords(batch))
        {
            if (record.Offset >= from) records.Add(new ReadRecord(record.Offset, record.Value!.Value.ToArray()));
        }
    }
}
