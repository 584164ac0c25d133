using System.Buffers.Binary;
using System.IO.Hashing;
using K4os.Compression.LZ4;

namespace Moldau.Protocol.Records;

/// <summary>
/// The lz4 codec: one LZ4 frame, a window being one block. As Kafka does, it takes the flags for linked blocks and for a
/// checksum of the content without heeding either, and checks the checksums of header and blocks.
/// </summary>
internal sealed class Lz4Decompressor(ReadOnlyMemory<byte> compressed, long outputBytesMax) : Decompressor(compressed, outputBytesMax)
{
    private byte _flags;
    private int _blockBytesMax;
    private bool _ended;

    protected override ReadOnlySpan<byte> ReadWindow()
    {
        if (_blockBytesMax == 0) ReadHeader();
        while (!_ended)
        {
            var block = ReadBlock();
            if (!block.IsEmpty) return block;
        }
        return [];
    }

    private void ReadHeader()
    {
        if (BinaryPrimitives.ReadUInt32LittleEndian(Take(4)) != Lz4Frame.Magic) throw Undecodable("lz4", "it does not begin with a frame");
        _flags = Compressed.IsEmpty ? (byte)0 : Compressed.Span[0];
        var descriptor = Take((_flags & Lz4Frame.ContentSize) == 0 ? 2 : 10);
        if ((_flags & (Lz4Frame.VersionMask | Lz4Frame.RefusedFlags)) != Lz4Frame.Version1) throw Undecodable("lz4", "its frame has unknown flags");
        _blockBytesMax = Lz4Frame.BlockBytesMax(descriptor[1]);
        if (_blockBytesMax == 0) throw Undecodable("lz4", "its frame has an unknown block size");
        if (Take(1)[0] != Lz4Frame.HeaderChecksum(descriptor)) throw Undecodable("lz4", "the checksum of the frame's header is wrong");
    }

    private ReadOnlySpan<byte> ReadBlock()
    {
        uint field = BinaryPrimitives.ReadUInt32LittleEndian(Take(4));
        _ended = field == 0;
        if (_ended) return [];
        uint size = field & ~Lz4Frame.StoredBit;
        if (size > _blockBytesMax) throw Undecodable("lz4", "a block is larger than its frame allows");
        var block = Take((int)size);
        if ((_flags & Lz4Frame.BlockChecksums) != 0) CheckBlock(block);
        if ((field & Lz4Frame.StoredBit) != 0) return block;
        var window = Window(_blockBytesMax);
        int decoded = LZ4Codec.Decode(block, window.AsSpan(0, _blockBytesMax));
        return decoded >= 0 ? window.AsSpan(0, decoded) : throw Undecodable("lz4", "a block is damaged");
    }

    private void CheckBlock(ReadOnlySpan<byte> block)
    {
        uint expected = BinaryPrimitives.ReadUInt32LittleEndian(Take(4));
        if (XxHash32.HashToUInt32(block) != expected) throw Undecodable("lz4", "the checksum of a block is wrong");
    }

    private ReadOnlySpan<byte> Take(int count)
    {
        if (count > Compressed.Length) throw Undecodable("lz4", "it is cut");
        var taken = Compressed.Span[..count];
        Compressed = Compressed[count..];
        return taken;
    }
}
