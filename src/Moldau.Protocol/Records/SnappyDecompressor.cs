using System.Buffers.Binary;
using Snappier;

namespace Moldau.Protocol.Records;

/// <summary>
/// The snappy codec: a single block as librdkafka writes it, or the framing of the Java clients (xerial), in which a window is one chunk:
/// <code>| 82 'SNAPPY' 00 | version 4 | least version 4 | chunk length 4 | block | chunk length 4 | block ...</code>
/// </summary>
internal sealed class SnappyDecompressor(ReadOnlyMemory<byte> compressed, long outputBytesMax) : Decompressor(compressed, outputBytesMax)
{
    public const int FrameHeaderBytes = 16;

    /// <summary>The densest element of the format makes 64 bytes of 3, so whatever claims to unfold to more than this times its size is lying.</summary>
    private const int ExpansionMax = 22;

    private bool _framed;
    private bool _started;

    public static ReadOnlySpan<byte> FrameMagic => [0x82, (byte)'S', (byte)'N', (byte)'A', (byte)'P', (byte)'P', (byte)'Y', 0];

    protected override ReadOnlySpan<byte> ReadWindow()
    {
        if (!_started) Start();
        while (!Compressed.IsEmpty)
        {
            var window = Decompress(_framed ? NextChunk() : TakeAll());
            if (!window.IsEmpty) return window;
        }
        return [];
    }

    private void Start()
    {
        _started = true;
        if (Compressed.IsEmpty) throw Undecodable("snappy", "there is none");
        _framed = Compressed.Length >= FrameHeaderBytes && Compressed.Span.StartsWith(FrameMagic);
        if (_framed) Compressed = Compressed[FrameHeaderBytes..];
    }

    private ReadOnlySpan<byte> TakeAll()
    {
        var all = Compressed;
        Compressed = default;
        return all.Span;
    }

    private ReadOnlySpan<byte> NextChunk()
    {
        if (Compressed.Length < 4) throw Undecodable("snappy", "it ends within the length of a chunk");
        int length = BinaryPrimitives.ReadInt32BigEndian(Compressed.Span);
        if (length < 0 || length > Compressed.Length - 4) throw Undecodable("snappy", "a chunk is longer than what is there");
        var chunk = Compressed.Span.Slice(4, length);
        Compressed = Compressed[(4 + length)..];
        return chunk;
    }

    private ReadOnlySpan<byte> Decompress(ReadOnlySpan<byte> block)
    {
        try
        {
            int length = Snappy.GetUncompressedLength(block);
            if (length < 0 || length > (long)block.Length * ExpansionMax) throw Undecodable("snappy", "a block claims an impossible length");
            var window = Window(length);
            return window.AsSpan(0, Snappy.Decompress(block, window.AsSpan(0, length)));
        }
        catch (Exception e) when (e is InvalidDataException or ArgumentException or OverflowException)
        {
            throw Undecodable("snappy", "a block is damaged", e);
        }
    }
}
