using Moldau.Protocol.Records;

namespace Moldau.Log.Producers;

/// <summary>What the one record of a control batch that ends a transaction says.</summary>
internal readonly record struct TransactionMarker(bool IsCommit, int CoordinatorEpoch)
{
    /// <summary>No marker's batch is longer than this many bytes as far as they are looked at.</summary>
    public const int BatchBytesMax = 128;

    /// <summary>Null for other control records, such as those of the metadata log.</summary>
    public static TransactionMarker? Read(ReadOnlySpan<byte> batch, in BatchHeader header)
    {
        if (!header.IsControl || header.Codec != CompressionCodec.None || header.RecordCount != 1) return null;
        var records = batch[BatchHeader.Size..];
        if (new RecordCursor(records).Next(out var shape) != RecordFault.None) return null;
        if (shape.KeyLength < ControlRecord.KeyBytes || shape.ValueLength < ControlRecord.MarkerValueBytes) return null;
        var (type, coordinatorEpoch) = ControlRecord.ReadMarker(records[(int)shape.KeyAt..], records[(int)shape.ValueAt..]);
        if (type is not (ControlRecordType.Abort or ControlRecordType.Commit)) return null;
        return new TransactionMarker(type == ControlRecordType.Commit, coordinatorEpoch);
    }
}
