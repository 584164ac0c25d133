using System.Buffers.Binary;

using Moldau.Protocol.Records;

namespace Moldau.Log.Producers;

/// <summary>What the one record of a control batch that ends a transaction says.</summary>
internal readonly record struct TransactionMarker(bool IsCommit, int CoordinatorEpoch)
{
    /// <summary>No marker's batch is longer than this many bytes as far as they are looked at.</summary>
    public const int BatchBytesMax = 128;

    // The key is | version 2 | type 2 |, the value | version 2 | coordinator epoch 4 |.
    private const int KeyBytes = 4;
    private const int ValueBytes = 6;

    /// <summary>Null for other control records, such as those of the metadata log.</summary>
    public static TransactionMarker? Read(ReadOnlySpan<byte> batch, in BatchHeader header)
    {
        if (!header.IsControl || header.Codec != CompressionCodec.None || header.RecordCount != 1) return null;
        var records = batch[BatchHeader.Size..];
        if (new RecordCursor(records).Next(out var shape) != RecordFault.None) return null;
        if (shape.KeyLength < KeyBytes || shape.ValueLength < ValueBytes) return null;
        var type = (ControlRecordType)BinaryPrimitives.ReadInt16BigEndian(records[((int)shape.KeyAt + 2)..]);
        if (type is not (ControlRecordType.Abort or ControlRecordType.Commit)) return null;
        return new TransactionMarker(type == ControlRecordType.Commit, BinaryPrimitives.ReadInt32BigEndian(records[((int)shape.ValueAt + 2)..]));
    }
}
