using System.Buffers.Binary;
using System.IO.Compression;
using ZstdSharp;

namespace Moldau.Conformance.Dialogues;

/// <summary>The codecs of record batches, unbounded and simple: what the tests read comes from a broker under test, not from strangers.</summary>
internal static class Decompression
{
    private static ReadOnlySpan<byte> XerialMagic => [0x82, (byte)'S', (byte)'N', (byte)'A', (byte)'P', (byte)'P', (byte)'Y', 0];

    public static byte[] Decompress(int codec, byte[] bytes) => codec switch
    {
        0 => bytes,
        1 => ReadAll(new GZipStream(new MemoryStream(bytes), CompressionMode.Decompress)),
        2 => Snappy(bytes),
        3 => Lz4Frame(bytes),
        4 => ReadAll(new DecompressionStream(new MemoryStream(bytes))),
        _ => throw new NotSupportedException($"compression codec {codec}"),
    };

    private static byte[] ReadAll(Stream source)
    {
        using var _ = source;
        var target = new MemoryStream();
        source.CopyTo(target);
        return target.ToArray();
    }

    /// <summary>Java's clients wrap snappy blocks: a header of 16 bytes, then blocks with their length. Others send one bare block.</summary>
    private static byte[] Snappy(byte[] bytes)
    {
        if (!bytes.AsSpan().StartsWith(XerialMagic)) return Snappier.Snappy.DecompressToArray(bytes);
        var target = new MemoryStream();
        for (int at = 16; at < bytes.Length;)
        {
            int length = BinaryPrimitives.ReadInt32BigEndian(bytes.AsSpan(at));
            target.Write(Snappier.Snappy.DecompressToArray(bytes.AsSpan(at + 4, length)));
            at += 4 + length;
        }
        return target.ToArray();
    }

    // | magic 4 | flags 1 | block size 1 | content size 8, if flag 3 | header checksum 1 | blocks: length 4 (top bit: stored), bytes, checksum 4, if flag 4 | 0
    private static byte[] Lz4Frame(byte[] frame)
    {
        byte flags = frame[4];
        int at = (flags & 8) != 0 ? 15 : 7;
        var target = new List<byte>();
        while (BinaryPrimitives.ReadUInt32LittleEndian(frame.AsSpan(at)) is var announced and not 0)
        {
            int length = (int)(announced & int.MaxValue);
            var block = frame.AsSpan(at + 4, length);
            if ((announced & 0x80000000) != 0) target.AddRange(block);
            else Lz4Block(block, target);
            at += 4 + length + ((flags & 16) != 0 ? 4 : 0);
        }
        return [.. target];
    }

    /// <summary>Sequences of: token, literals, distance back, length. A distance may reach into the blocks before.</summary>
    private static void Lz4Block(ReadOnlySpan<byte> block, List<byte> target)
    {
        int at = 0;
        while (at < block.Length)
        {
            byte token = block[at++];
            int literals = Lz4Length(block, token >> 4, ref at);
            target.AddRange(block.Slice(at, literals));
            at += literals;
            if (at >= block.Length) return; // The last sequence has literals only.
            int distance = BinaryPrimitives.ReadUInt16LittleEndian(block[at..]);
            at += 2;
            int length = Lz4Length(block, token & 15, ref at) + 4;
            for (int i = 0; i < length; i++) target.Add(target[^distance]);
        }
    }

    private static int Lz4Length(ReadOnlySpan<byte> block, int nibble, ref int at)
    {
        int length = nibble;
        if (nibble < 15) return length;
        byte next;
        do length += next = block[at++];
        while (next == byte.MaxValue);
        return length;
    }
}
