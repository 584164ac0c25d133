using System.Buffers.Binary;

using Moldau.Protocol.Records;

namespace Moldau.Log.Producers;

/// <summary>
/// The one record of a control batch that ends a transaction. Key: | version 2 | type 2: 0 abort, 1 commit |,
/// value: | version 2 | coordinator epoch 4 |.
/// </summary>
internal readonly record struct TransactionMarker(bool IsCommit, int CoordinatorEpoch)
{
    /// <summary>No marker's batch is longer than this many bytes as far as they are looked at.</summary>
    public const int BatchBytesMax = 128;

    private const int KeyBytes = 4;
    private const int ValueBytes = 6;
    private const int FirstVarintAt = BatchHeader.Size;

    /// <summary>Null for other control records, such as those of the metadata log.</summary>
    public static TransactionMarker? Read(ReadOnlySpan<byte> batch, in BatchHeader header)
    {
        if (!header.IsControl || header.Codec != CompressionCodec.None || header.RecordCount != 1) return null;
        int at = FirstVarintAt;
        if (!Skip(batch, ref at)) return null; // length
        at++; // attributes
        if (!Skip(batch, ref at) || !Skip(batch, ref at)) return null; // deltas of timestamp and offset
        if (!TryTake(batch, ref at, KeyBytes, out var key) || !TryTake(batch, ref at, ValueBytes, out var value)) return null;
        short type = BinaryPrimitives.ReadInt16BigEndian(key[2..]);
        if (type is not (0 or 1)) return null;
        return new TransactionMarker(type == 1, BinaryPrimitives.ReadInt32BigEndian(value[2..]));
    }

    private static bool Skip(ReadOnlySpan<byte> bytes, ref int at)
    {
        while (at < bytes.Length)
        {
            if ((bytes[at++] & 0x80) == 0) return true;
        }
        return false;
    }

    /// <summary>Takes a field whose length, one zigzag byte, is at least the expected one.</summary>
    private static bool TryTake(ReadOnlySpan<byte> bytes, ref int at, int least, out ReadOnlySpan<byte> field)
    {
        field = default;
        if (at >= bytes.Length || (bytes[at] & 0x80) != 0) return false;
        int length = bytes[at] >> 1;
        if ((bytes[at] & 1) != 0 || length < least || at + 1 + length > bytes.Length) return false;
        field = bytes.Slice(at + 1, length);
        at += 1 + length;
        return true;
    }
}
