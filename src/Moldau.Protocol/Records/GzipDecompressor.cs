using System.Buffers.Binary;
using System.IO.Compression;
using System.Runtime.InteropServices;

namespace Moldau.Protocol.Records;

/// <summary>The gzip codec, whose trailer with CRC and length is checked as well.</summary>
internal sealed class GzipDecompressor(ReadOnlyMemory<byte> compressed, long outputBytesMax) : Decompressor(compressed, outputBytesMax)
{
    /// <summary>The least that a stream has: header 10, checksum 4, length 4.</summary>
    private const int FrameBytesMin = 18;

    private GZipStream? _stream;
    private uint _outputBytes;

    protected override ReadOnlySpan<byte> ReadWindow()
    {
        _stream ??= new GZipStream(Source(Compressed), CompressionMode.Decompress);
        var window = Window(WindowBytes);
        try
        {
            int read = _stream.Read(window, 0, WindowBytes);
            _outputBytes += (uint)read;
            if (read == 0) CheckLength();
            return window.AsSpan(0, read);
        }
        catch (InvalidDataException e)
        {
            throw Undecodable("gzip", "the stream is damaged or cut", e);
        }
    }

    // The runtime takes the end of its input for the end of the stream. A cut stream does not end in its own length (modulo 2^32).
    private void CheckLength()
    {
        bool whole = Compressed.Length >= FrameBytesMin && BinaryPrimitives.ReadUInt32LittleEndian(Compressed.Span[^4..]) == _outputBytes;
        if (!whole) throw Undecodable("gzip", "the stream is cut");
    }

    protected override void Release() => _stream?.Dispose();

    private static MemoryStream Source(ReadOnlyMemory<byte> bytes) => MemoryMarshal.TryGetArray(bytes, out var array)
        ? new MemoryStream(array.Array!, array.Offset, array.Count, writable: false)
        : new MemoryStream(bytes.ToArray(), writable: false);
}
