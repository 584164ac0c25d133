using System.Buffers.Binary;

namespace Moldau.Protocol.Records;

/// <summary>
/// The header of a record batch of format version 2 (big-endian):
/// <code>
/// | base offset 8 | length 4 | leader epoch 4 | magic 1 | crc 4 | attributes 2 | last offset delta 4 | base timestamp 8 |
/// | max timestamp 8 | producer id 8 | producer epoch 2 | base sequence 4 | record count 4 | records ...
/// </code>
/// The length counts what follows it. The checksum begins at the attributes, so base offset and leader epoch may be stamped without touching it.
/// </summary>
internal readonly record struct BatchHeader
{
    public const int BaseOffsetAt = 0;
    public const int LengthAt = 8;
    public const int LeaderEpochAt = 12;
    public const int MagicAt = 16;
    public const int CrcAt = 17;
    public const int AttributesAt = 21;
    public const int LastOffsetDeltaAt = 23;
    public const int BaseTimestampAt = 27;
    public const int MaxTimestampAt = 35;
    public const int ProducerIdAt = 43;
    public const int ProducerEpochAt = 51;
    public const int BaseSequenceAt = 53;
    public const int RecordCountAt = 57;

    /// <summary>Bytes of the header, which the records follow.</summary>
    public const int Size = 61;

    /// <summary>Bytes up to and including the length field, which it does not count.</summary>
    public const int LengthOverhead = 12;

    public const sbyte CurrentMagic = 2;

    /// <summary>Stands for "none" in timestamps, producer id, producer epoch and sequence.</summary>
    public const int None = -1;

    public long BaseOffset { get; init; }

    /// <summary>The length field: <see cref="TotalBytes"/> less <see cref="LengthOverhead"/>.</summary>
    public int Length { get; init; }

    public int LeaderEpoch { get; init; }

    public sbyte Magic { get; init; }

    public uint Crc { get; init; }

    public BatchAttributes Attributes { get; init; }

    public int LastOffsetDelta { get; init; }

    /// <summary>What the records' timestamp deltas count from: the first record's timestamp, or the delete horizon once there is one.</summary>
    public long BaseTimestamp { get; init; }

    public long MaxTimestamp { get; init; }

    public long ProducerId { get; init; }

    public short ProducerEpoch { get; init; }

    public int BaseSequence { get; init; }

    public int RecordCount { get; init; }

    public int TotalBytes => Length + LengthOverhead;

    public long FirstOffset => BaseOffset;

    public long LastOffset => BaseOffset + LastOffsetDelta;

    /// <summary>The offset of the record that comes after the batch.</summary>
    public long NextOffset => LastOffset + 1;

    public CompressionCodec Codec => (CompressionCodec)(Attributes & BatchAttributes.CodecMask);

    public TimestampType TimestampType => Has(BatchAttributes.LogAppendTime) ? TimestampType.LogAppendTime : TimestampType.CreateTime;

    public bool IsTransactional => Has(BatchAttributes.Transactional);

    public bool IsControl => Has(BatchAttributes.Control);

    /// <summary>Any negative id stands for none, as in Kafka.</summary>
    public bool HasProducerId => ProducerId >= 0;

    /// <summary>From when on the batch's tombstones or its marker may be removed by compaction, in ms; null as long as compaction has not set it.</summary>
    public long? DeleteHorizonMs => Has(BatchAttributes.DeleteHorizon) ? BaseTimestamp : null;

    public int LastSequence => BaseSequence == None ? None : SequenceAfter(BaseSequence, LastOffsetDelta);

    /// <summary>Sequences count from 0 to 2^31-1 and begin at 0 again.</summary>
    public static int SequenceAfter(int sequence, int increment) => (int)(((long)sequence + increment) & int.MaxValue);

    /// <summary>The time of a record: its own, or for all of them that of the append. Wraps where it overflows, as in Kafka.</summary>
    public long TimestampOf(long timestampDelta) => Has(BatchAttributes.LogAppendTime) ? MaxTimestamp : unchecked(BaseTimestamp + timestampDelta);

    /// <summary>Reads the fields as they stand and judges none of them. False where fewer than <see cref="Size"/> bytes are there.</summary>
    public static bool TryRead(ReadOnlySpan<byte> bytes, out BatchHeader header)
    {
        if (bytes.Length < Size)
        {
            header = default;
            return false;
        }
        header = new BatchHeader
        {
            BaseOffset = BinaryPrimitives.ReadInt64BigEndian(bytes),
            Length = BinaryPrimitives.ReadInt32BigEndian(bytes[LengthAt..]),
            LeaderEpoch = BinaryPrimitives.ReadInt32BigEndian(bytes[LeaderEpochAt..]),
            Magic = (sbyte)bytes[MagicAt],
            Crc = BinaryPrimitives.ReadUInt32BigEndian(bytes[CrcAt..]),
            Attributes = (BatchAttributes)BinaryPrimitives.ReadInt16BigEndian(bytes[AttributesAt..]),
            LastOffsetDelta = BinaryPrimitives.ReadInt32BigEndian(bytes[LastOffsetDeltaAt..]),
            BaseTimestamp = BinaryPrimitives.ReadInt64BigEndian(bytes[BaseTimestampAt..]),
            MaxTimestamp = BinaryPrimitives.ReadInt64BigEndian(bytes[MaxTimestampAt..]),
            ProducerId = BinaryPrimitives.ReadInt64BigEndian(bytes[ProducerIdAt..]),
            ProducerEpoch = BinaryPrimitives.ReadInt16BigEndian(bytes[ProducerEpochAt..]),
            BaseSequence = BinaryPrimitives.ReadInt32BigEndian(bytes[BaseSequenceAt..]),
            RecordCount = BinaryPrimitives.ReadInt32BigEndian(bytes[RecordCountAt..]),
        };
        return true;
    }

    /// <summary>Writes every field, the checksum as it stands in <see cref="Crc"/>; <see cref="StampCrc"/> sets it once the records are there.</summary>
    public void Write(Span<byte> batch)
    {
        BinaryPrimitives.WriteInt64BigEndian(batch, BaseOffset);
        BinaryPrimitives.WriteInt32BigEndian(batch[LengthAt..], Length);
        BinaryPrimitives.WriteInt32BigEndian(batch[LeaderEpochAt..], LeaderEpoch);
        batch[MagicAt] = (byte)Magic;
        BinaryPrimitives.WriteUInt32BigEndian(batch[CrcAt..], Crc);
        BinaryPrimitives.WriteInt16BigEndian(batch[AttributesAt..], (short)Attributes);
        BinaryPrimitives.WriteInt32BigEndian(batch[LastOffsetDeltaAt..], LastOffsetDelta);
        BinaryPrimitives.WriteInt64BigEndian(batch[BaseTimestampAt..], BaseTimestamp);
        BinaryPrimitives.WriteInt64BigEndian(batch[MaxTimestampAt..], MaxTimestamp);
        BinaryPrimitives.WriteInt64BigEndian(batch[ProducerIdAt..], ProducerId);
        BinaryPrimitives.WriteInt16BigEndian(batch[ProducerEpochAt..], ProducerEpoch);
        BinaryPrimitives.WriteInt32BigEndian(batch[BaseSequenceAt..], BaseSequence);
        BinaryPrimitives.WriteInt32BigEndian(batch[RecordCountAt..], RecordCount);
    }

    /// <summary>Gives a batch its place in the log. Neither field is under the checksum.</summary>
    public static void StampPlace(Span<byte> batch, long baseOffset, int leaderEpoch)
    {
        BinaryPrimitives.WriteInt64BigEndian(batch, baseOffset);
        BinaryPrimitives.WriteInt32BigEndian(batch[LeaderEpochAt..], leaderEpoch);
    }

    /// <summary>Sets the checksum of one whole batch.</summary>
    public static void StampCrc(Span<byte> batch) =>
        BinaryPrimitives.WriteUInt32BigEndian(batch[CrcAt..], Crc32C.Compute(batch[AttributesAt..]));

    /// <summary>Whether the bytes of one whole batch are those that its checksum was computed from.</summary>
    public bool CrcMatches(ReadOnlySpan<byte> batch) => Crc == Crc32C.Compute(batch[AttributesAt..TotalBytes]);

    private bool Has(BatchAttributes bit) => (Attributes & bit) != 0;
}
