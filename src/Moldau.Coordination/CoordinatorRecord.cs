using Moldau.Protocol.Wire;

namespace Moldau.Coordination;

/// <summary>
/// A record of a coordinator's internal topic. One without a value is a tombstone: what its key names is gone. One of a transaction
/// counts when a marker commits that.
/// </summary>
// key    | record type int16 | body of the key's schema at version 0      |
// value  | version     int16 | body of the value's schema at that version |
internal sealed record CoordinatorRecord
{
    private CoordinatorRecord(short type, IMessage? key, IMessage? value, short valueVersion) =>
        (Type, Key, Value, ValueVersion) = (type, key, value, valueVersion);

    public short Type { get; }

    /// <summary>Null for a marker alone.</summary>
    public IMessage? Key { get; }

    public IMessage? Value { get; }

    public short ValueVersion { get; }

    /// <summary>In whose transaction it was written, or whose it ends; null outside of transactions.</summary>
    public TransactionalProducer? Producer { get; init; }

    /// <summary>Set for a marker.</summary>
    public TransactionEnd? End { get; private init; }

    /// <summary>
    /// Whether it is stored however large it is: it ends what was stored before, within the limit that was in force then, and nothing else could.
    /// </summary>
    public bool MayExceedLimit { get; init; }

    public static CoordinatorRecord Of<TKey>(TKey key, IMessage value, short valueVersion) where TKey : IMessage, IRecordMessage =>
        new(key.RecordType, key, value, valueVersion);

    public static CoordinatorRecord Tombstone<TKey>(TKey key) where TKey : IMessage, IRecordMessage =>
        new(key.RecordType, key, null, valueVersion: 0);

    /// <summary>Ends the producer's transaction in this log.</summary>
    public static CoordinatorRecord Marker(TransactionalProducer producer, TransactionEnd end) =>
        new(type: -1, key: null, value: null, valueVersion: 0) { Producer = producer, End = end };

    public void WriteKey(WireWriter writer)
    {
        if (Key is null) throw new InvalidOperationException("A marker has no key of a coordinator's.");
        writer.WriteInt16(Type);
        Key.Write(writer, version: 0);
    }

    public void WriteValue(WireWriter writer)
    {
        if (Value is null) throw new InvalidOperationException("A tombstone has no value to write.");
        writer.WriteInt16(ValueVersion);
        Value.Write(writer, ValueVersion);
    }
}
