using System.Text;
using Moldau.Broker.Hosting;
using Moldau.Log.Producers;
using Moldau.Protocol.Messages;
using Moldau.Protocol.Records;
using Moldau.TestKit.Histories;

namespace Moldau.Broker.Tests.Simulation;

/// <summary>Leaves out of what was fetched the records of aborted transactions, as clients at read_committed do.</summary>
internal static class CommittedRecords
{
    /// <summary>The records, and where the next fetch goes on.</summary>
    public static (List<SeenRecord> Records, long NextOffset) Of(string topic, FetchResponse.PartitionData fetched, long offset)
    {
        var records = new List<SeenRecord>();
        var toCome = new Queue<FetchResponse.AbortedTransaction>((fetched.AbortedTransactions ?? []).OrderBy(aborted => aborted.FirstOffset));
        var aborted = new HashSet<long>();
        long next = offset;
        foreach (var batch in new StoredBatches(fetched.Records ?? default))
        {
            while (toCome.TryPeek(out var first) && first.FirstOffset < batch.NextOffset) aborted.Add(toCome.Dequeue().ProducerId);
            next = batch.NextOffset;
            if (batch.Header.IsControl)
            {
                if (TransactionMarker.Read(batch.Bytes.Span, batch.Header) is { IsCommit: false }) aborted.Remove(batch.Header.ProducerId);
                continue;
            }
            if (batch.Header.IsTransactional && aborted.Contains(batch.Header.ProducerId)) continue;
            long at = batch.Header.BaseOffset;
            foreach (var record in new BatchRecords(batch.Bytes))
            {
                if (at >= offset) records.Add(new(new(topic, fetched.PartitionIndex, at), Encoding.UTF8.GetString(record.Value!.Value.Span)));
                at++;
            }
        }
        return (records, next);
    }
}
