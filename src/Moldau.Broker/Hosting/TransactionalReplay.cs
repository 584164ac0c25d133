using Moldau.Protocol.Records;

namespace Moldau.Broker.Hosting;

/// <summary>Hands out the records of batches in order. Those of a transaction come when its commit marker does, or never.</summary>
internal sealed class TransactionalReplay(Action<ReadOnlyMemory<byte>, ReadOnlyMemory<byte>?> apply)
{
    private readonly Dictionary<long, List<(byte[] Key, byte[]? Value)>> _open = [];

    /// <summary>Reads the whole batches and returns the offset after them.</summary>
    public long Batches(ReadOnlyMemory<byte> bytes)
    {
        long next = 0;
        var batches = new BatchEnumerator(bytes.Span);
        while (batches.MoveNext())
        {
            Batch(batches.Current, bytes[batches.Position..batches.WholeBytes]);
            next = batches.Current.NextOffset;
        }
        return next;
    }

    private void Batch(BatchHeader header, ReadOnlyMemory<byte> batch)
    {
        foreach (var record in new BatchRecords(batch))
        {
            if (header.IsControl) End(header.ProducerId, record);
            else if (record.Key is not { } key) continue;
            else if (header.IsTransactional) Keep(header.ProducerId, key, record.Value);
            else apply(key, record.Value);
        }
    }

    private void Keep(long producerId, ReadOnlyMemory<byte> key, ReadOnlyMemory<byte>? value)
    {
        if (!_open.TryGetValue(producerId, out var records)) _open.Add(producerId, records = []);
        records.Add((key.ToArray(), value?.ToArray()));
    }

    private void End(long producerId, in Record marker)
    {
        if (!ControlRecord.TryReadType(marker, out var type) || !_open.Remove(producerId, out var records)) return;
        if (type != ControlRecordType.Commit) return;
        foreach (var (key, value) in records) apply(key, value is null ? (ReadOnlyMemory<byte>?)null : value);
    }
}
