using System.Buffers.Binary;

using Moldau.Protocol.Records;

namespace Moldau.Log.Producers;

/// <summary>
/// The bytes of a <c>.snapshot</c> file:
/// | version 2 = 1 | crc 4, of what follows | count 4 | entries of | producer id 8 | epoch 2 | last sequence 4 | last offset 8 |
/// offset delta 4 | timestamp 8 | coordinator epoch 4 | transaction's first offset 8 |.
/// </summary>
internal static class ProducerSnapshot
{
    private const short Version = 1;
    private const int CrcAt = 2;
    private const int CountAt = 6;
    private const int HeaderBytes = 10;
    private const int EntryBytes = 46;

    public static byte[] Write(IReadOnlyCollection<ProducerState> producers)
    {
        byte[] bytes = new byte[HeaderBytes + EntryBytes * producers.Count];
        BinaryPrimitives.WriteInt16BigEndian(bytes, Version);
        BinaryPrimitives.WriteInt32BigEndian(bytes.AsSpan(CountAt), producers.Count);
        int at = HeaderBytes;
        foreach (var producer in producers)
        {
            WriteEntry(bytes.AsSpan(at, EntryBytes), producer);
            at += EntryBytes;
        }
        BinaryPrimitives.WriteUInt32BigEndian(bytes.AsSpan(CrcAt), Crc32C.Compute(bytes.AsSpan(CountAt)));
        return bytes;
    }

    /// <summary>Null if the bytes are not a whole snapshot: an older one, and the batches behind it, must do.</summary>
    public static List<ProducerState>? Read(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < HeaderBytes || BinaryPrimitives.ReadInt16BigEndian(bytes) != Version) return null;
        if (BinaryPrimitives.ReadUInt32BigEndian(bytes[CrcAt..]) != Crc32C.Compute(bytes[CountAt..])) return null;
        int count = BinaryPrimitives.ReadInt32BigEndian(bytes[CountAt..]);
        if (count < 0 || bytes.Length != HeaderBytes + (long)count * EntryBytes) return null;
        var producers = new List<ProducerState>(count);
        for (int i = 0; i < count; i++) producers.Add(ReadEntry(bytes.Slice(HeaderBytes + i * EntryBytes, EntryBytes)));
        return producers;
    }

    private static void WriteEntry(Span<byte> entry, ProducerState producer)
    {
        var batch = producer.LastBatch ?? new ProducedBatch(BatchHeader.None, BatchHeader.None, 0, producer.LastTimestampMs);
        BinaryPrimitives.WriteInt64BigEndian(entry, producer.ProducerId);
        BinaryPrimitives.WriteInt16BigEndian(entry[8..], producer.Epoch);
        BinaryPrimitives.WriteInt32BigEndian(entry[10..], batch.LastSequence);
        BinaryPrimitives.WriteInt64BigEndian(entry[14..], batch.LastOffset);
        BinaryPrimitives.WriteInt32BigEndian(entry[22..], batch.OffsetDelta);
        BinaryPrimitives.WriteInt64BigEndian(entry[26..], producer.LastTimestampMs);
        BinaryPrimitives.WriteInt32BigEndian(entry[34..], producer.CoordinatorEpoch);
        BinaryPrimitives.WriteInt64BigEndian(entry[38..], producer.TransactionFirstOffset);
    }

    private static ProducerState ReadEntry(ReadOnlySpan<byte> entry)
    {
        long timestampMs = BinaryPrimitives.ReadInt64BigEndian(entry[26..]);
        var producer = new ProducerState(BinaryPrimitives.ReadInt64BigEndian(entry))
        {
            Epoch = BinaryPrimitives.ReadInt16BigEndian(entry[8..]),
            CoordinatorEpoch = BinaryPrimitives.ReadInt32BigEndian(entry[34..]),
            TransactionFirstOffset = BinaryPrimitives.ReadInt64BigEndian(entry[38..]),
            LastTimestampMs = timestampMs,
        };
        long lastOffset = BinaryPrimitives.ReadInt64BigEndian(entry[14..]);
        int lastSequence = BinaryPrimitives.ReadInt32BigEndian(entry[10..]);
        int delta = BinaryPrimitives.ReadInt32BigEndian(entry[22..]);
        if (lastOffset >= 0) producer.Add(new ProducedBatch(lastSequence, lastOffset, delta, timestampMs));
        return producer;
    }
}
