using System.Buffers.Binary;
using System.IO.Hashing;
using K4os.Compression.LZ4;

namespace Moldau.Protocol.Records;

/// <summary>
/// The frame around LZ4 blocks, little-endian:
/// <code>| 04 22 4d 18 | FLG 1 | BD 1 | content size 0 or 8 | HC 1 | block size 4 | block | block checksum 0 or 4 | ... | 00000000 |</code>
/// A size with its top bit set is that of a block that was stored as it is.
/// </summary>
internal static class Lz4Frame
{
    public const uint Magic = 0x184d2204;
    public const uint StoredBit = 0x8000_0000;
    public const byte VersionMask = 0xc0;
    public const byte Version1 = 0x40;
    public const byte BlocksIndependent = 0x20;
    public const byte BlockChecksums = 0x10;
    public const byte ContentSize = 0x08;

    /// <summary>The reserved bit, and the one that announces a dictionary; neither may be set.</summary>
    public const byte RefusedFlags = 0x03;

    /// <summary>Blocks of 64 KiB (size 4 of 4 to 7), as Kafka's clients write them.</summary>
    private const byte BlockDescriptor64K = 0x40;
    private const int BlockBytes = 64 * 1024;

    /// <summary>The largest block that a descriptor allows: 64 KiB, 256 KiB, 1 MiB or 4 MiB; 0 for a descriptor that does not exist.</summary>
    public static int BlockBytesMax(byte descriptor) =>
        (descriptor & 0x8f) == 0 && descriptor >> 4 is >= 4 and <= 7 ? 1 << (8 + (2 * (descriptor >> 4))) : 0;

    /// <summary>The header's own checksum: the second byte of the hash over the descriptor.</summary>
    public static byte HeaderChecksum(ReadOnlySpan<byte> descriptor) => (byte)(XxHash32.HashToUInt32(descriptor) >> 8);

    public static void Compress(ReadOnlySpan<byte> source, LZ4Level level, PooledBuffer target)
    {
        var header = target.Claim(7);
        BinaryPrimitives.WriteUInt32LittleEndian(header, Magic);
        header[4] = Version1 | BlocksIndependent;
        header[5] = BlockDescriptor64K;
        header[6] = HeaderChecksum(header[4..6]);
        for (; !source.IsEmpty; source = source[Math.Min(BlockBytes, source.Length)..])
        {
            WriteBlock(source[..Math.Min(BlockBytes, source.Length)], level, target);
        }
        target.Claim(4).Clear();
    }

    private static void WriteBlock(ReadOnlySpan<byte> block, LZ4Level level, PooledBuffer target)
    {
        int sizeAt = target.Length;
        target.Claim(4);
        int size = LZ4Codec.Encode(block, target.GetSpan(LZ4Codec.MaximumOutputSize(block.Length)), level);
        bool stored = size <= 0 || size >= block.Length;
        if (stored) target.Write(block);
        else target.Advance(size);
        uint field = stored ? (uint)block.Length | StoredBit : (uint)size;
        BinaryPrimitives.WriteUInt32LittleEndian(target.Span[sizeAt..], field);
    }
}
