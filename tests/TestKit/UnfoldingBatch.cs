using System.Buffers.Binary;
using Moldau.Protocol.Records;

namespace Moldau.TestKit;

/// <summary>Batches of a few bytes whose one record unfolds to as many zeros as one likes: zstd's blocks that repeat one byte.</summary>
internal static class UnfoldingBatch
{
    private const int BlockBytesMax = 128 * 1024;
    private const int Raw = 0, Repeated = 1;

    public static byte[] Of(int valueBytes, long timestampMs)
    {
        byte[] records = Frame(valueBytes);
        byte[] batch = [.. new byte[BatchHeader.Size], .. records];
        new BatchHeader
        {
            Length = batch.Length - BatchHeader.LengthOverhead,
            LeaderEpoch = BatchHeader.None,
            Magic = BatchHeader.CurrentMagic,
            Attributes = (BatchAttributes)CompressionCodec.Zstd,
            BaseTimestamp = timestampMs,
            MaxTimestamp = timestampMs,
            ProducerId = BatchHeader.None,
            ProducerEpoch = BatchHeader.None,
            BaseSequence = BatchHeader.None,
            RecordCount = 1,
        }.Write(batch);
        BatchHeader.StampCrc(batch);
        return batch;
    }

    // | magic 4 | descriptor 1: neither size nor checksum | window 1: 128 KiB | blocks: (last, kind, size) 3 little-endian, bytes ...
    private static byte[] Frame(int valueBytes)
    {
        var frame = new List<byte> { 0x28, 0xb5, 0x2f, 0xfd, 0x00, 0x38 };
        using var beforeValue = new PooledBuffer();
        Varint.Write(beforeValue, 3 + Varint.SizeOf(-1) + Varint.SizeOf(valueBytes) + valueBytes + 1);
        beforeValue.Write([0, 0, 0]); // Attributes, and the deltas of timestamp and offset.
        Varint.Write(beforeValue, -1);
        Varint.Write(beforeValue, valueBytes);
        AddBlock(frame, Raw, beforeValue.Length, beforeValue.Span);
        for (int left = valueBytes; left > 0; left -= BlockBytesMax) AddBlock(frame, Repeated, Math.Min(left, BlockBytesMax), [0]);
        AddBlock(frame, Raw, 1, [0], last: 1); // There are no headers.
        return [.. frame];
    }

    private static void AddBlock(List<byte> frame, int kind, int size, ReadOnlySpan<byte> bytes, int last = 0)
    {
        Span<byte> header = stackalloc byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(header, last | (kind << 1) | (size << 3));
        frame.AddRange(header[..3]);
        frame.AddRange(bytes);
    }
}
