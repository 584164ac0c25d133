using Moldau.Protocol.Wire;

namespace Moldau.Coordination.Tests.Replicas;

/// <summary>
/// A shard's log as its host stores it. Whoever reads from it gets records of his own: what one shard changes of them another does not see.
/// </summary>
internal sealed class StoredLog(StoredLog.RecordReader read)
{
    private readonly List<Entry> _entries = [];

    internal delegate CoordinatorRecord? RecordReader(ReadOnlyMemory<byte> key, ReadOnlyMemory<byte>? value);

    public int Count => _entries.Count;

    /// <summary>Stores the record, and gives it back as it is read.</summary>
    public CoordinatorRecord Append(CoordinatorRecord record)
    {
        _entries.Add(Entry.Of(record));
        return ReadAt(_entries.Count - 1);
    }

    public CoordinatorRecord ReadAt(int offset) => _entries[offset].Read(read);

    public IEnumerable<CoordinatorRecord> ReadAll() => _entries.Select(entry => entry.Read(read));

    /// <summary>
    /// What compaction leaves at most (with the tombstones) and at least (without): the newest of each key, nothing of aborted transactions, and
    /// all from the first open transaction on.
    /// </summary>
    public IEnumerable<CoordinatorRecord> ReadCompacted(bool withTombstones)
    {
        int end = FirstOpen();
        var newest = new Dictionary<string, int>();
        for (int offset = 0; offset < end; offset++)
        {
            if (_entries[offset].Key is { } key && !IsAborted(offset)) newest[Convert.ToHexString(key)] = offset;
        }
        for (int offset = 0; offset < _entries.Count; offset++)
        {
            var entry = _entries[offset];
            bool isNewest = entry.Key is not { } key || (newest.TryGetValue(Convert.ToHexString(key), out int last) && last == offset);
            bool isTombstone = entry is { Key: not null, Value: null };
            if (offset >= end || (isNewest && (withTombstones || !isTombstone))) yield return entry.Read(read);
        }
    }

    private int FirstOpen() =>
        Enumerable.Range(0, _entries.Count).FirstOrDefault(offset => IsOfTransaction(offset) && EndOf(offset) is null, _entries.Count);

    private bool IsAborted(int offset) => IsOfTransaction(offset) && EndOf(offset) is { IsCommit: false };

    private bool IsOfTransaction(int offset) => _entries[offset] is { Producer: not null, End: null };

    private TransactionEnd? EndOf(int offset) => _entries
        .Skip(offset)
        .FirstOrDefault(entry => entry.End is not null && entry.Producer!.Value.ProducerId == _entries[offset].Producer!.Value.ProducerId)
        .End;

    /// <summary>A record's bytes, and what its batch says: whose transaction it belongs to or, for a marker alone, how that ended.</summary>
    private readonly record struct Entry(byte[]? Key, byte[]? Value, TransactionalProducer? Producer, TransactionEnd? End)
    {
        public static Entry Of(CoordinatorRecord record) => new(
            record.Key is null ? null : Bytes(record.WriteKey),
            record.Value is null ? null : Bytes(record.WriteValue),
            record.Producer is { } producer ? new TransactionalProducer(producer.ProducerId, producer.Epoch) : null,
            record.End is { } end ? new TransactionEnd(end.IsCommit, end.CoordinatorEpoch) : null);

        public CoordinatorRecord Read(RecordReader read)
        {
            if (End is { } end) return CoordinatorRecord.Marker(Producer!.Value, end);
            var value = Value is null ? (ReadOnlyMemory<byte>?)null : new ReadOnlyMemory<byte>(Value);
            return read(Key, value)! with { Producer = Producer };
        }

        private static byte[] Bytes(Action<WireWriter> write)
        {
            using var writer = new WireWriter();
            write(writer);
            return writer.Written.ToArray();
        }
    }
}
