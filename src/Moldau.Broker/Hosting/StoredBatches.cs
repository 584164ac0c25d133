using Moldau.Coordination;
using Moldau.Log.Producers;
using Moldau.Protocol.Records;

namespace Moldau.Broker.Hosting;

/// <summary>The whole batches in a part of a shard's log.</summary>
internal readonly struct StoredBatches(ReadOnlyMemory<byte> bytes)
{
    public IEnumerator<StoredBatch> GetEnumerator()
    {
        for (int at = 0; BatchHeader.TryRead(bytes.Span[at..], out var header) && header.TotalBytes <= bytes.Length - at; at += header.TotalBytes)
            yield return new StoredBatch(header, bytes.Slice(at, header.TotalBytes));
    }
}

/// <summary>One batch of a shard's log.</summary>
internal readonly struct StoredBatch(BatchHeader header, ReadOnlyMemory<byte> bytes)
{
    public BatchHeader Header => header;

    public ReadOnlyMemory<byte> Bytes => bytes;

    public long NextOffset => header.NextOffset;

    /// <summary>Its records as state machines know them, with the transaction that they belong to, and their offsets.</summary>
    public IEnumerable<(CoordinatorRecord Record, long Offset)> Read(RecordReader read)
    {
        TransactionalProducer? producer = header.IsTransactional ? new(header.ProducerId, header.ProducerEpoch) : null;
        if (header.IsControl)
        {
            if (producer is { } ended && TransactionMarker.Read(bytes.Span, header) is { } marker)
                yield return (CoordinatorRecord.Marker(ended, new TransactionEnd(marker.IsCommit, marker.CoordinatorEpoch)), header.BaseOffset);
            yield break;
        }
        foreach (var record in new BatchRecords(bytes))
        {
            if (record.Key is { } key && read(key, record.Value) is { } known) yield return (known with { Producer = producer }, record.Offset);
        }
    }
}
