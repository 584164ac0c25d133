using System.Buffers.Binary;
using System.IO.Compression;
using K4os.Compression.LZ4;
using Snappier;
using ZstdSharp;

namespace Moldau.Protocol.Records;

/// <summary>A codec and how hard it tries; levels are those of Kafka's <c>compression.*.level</c>.</summary>
internal readonly record struct CompressionSetting(CompressionCodec Codec, int Level)
{
    public const int GzipLevelDefault = -1;
    public const int Lz4LevelDefault = 9;
    public const int ZstdLevelDefault = 3;

    public static CompressionSetting Default(CompressionCodec codec) => new(codec, codec switch
    {
        CompressionCodec.Gzip => GzipLevelDefault,
        CompressionCodec.Lz4 => Lz4LevelDefault,
        CompressionCodec.Zstd => ZstdLevelDefault,
        _ => 0,
    });
}

/// <summary>Compresses the records of a batch into the forms that every Kafka client reads.</summary>
internal static class Compression
{
    private const int GzipLevelMeant = 6;
    private const int SnappyChunkBytes = 32 * 1024;

    /// <summary>A stream of nothing (RFC 1952), for which the runtime writes nothing at all.</summary>
    private static ReadOnlySpan<byte> EmptyGzip => [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0];

    public static void Compress(CompressionSetting setting, ReadOnlySpan<byte> source, PooledBuffer target)
    {
        switch (setting.Codec)
        {
            case CompressionCodec.None:
                target.Write(source);
                break;
            case CompressionCodec.Gzip:
                CompressGzip(setting.Level, source, target);
                break;
            case CompressionCodec.Snappy:
                CompressSnappy(source, target);
                break;
            case CompressionCodec.Lz4:
                Lz4Frame.Compress(source, Lz4LevelOf(setting.Level), target);
                break;
            case CompressionCodec.Zstd:
                CompressZstd(setting.Level, source, target);
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(setting), setting.Codec, "No compression has this number.");
        }
    }

    private static void CompressGzip(int level, ReadOnlySpan<byte> source, PooledBuffer target)
    {
        if (source.IsEmpty)
        {
            target.Write(EmptyGzip);
            return;
        }
        var options = new ZLibCompressionOptions { CompressionLevel = level == CompressionSetting.GzipLevelDefault ? GzipLevelMeant : level };
        using var stream = new GZipStream(new BufferStream(target), options);
        stream.Write(source);
    }

    private static void CompressSnappy(ReadOnlySpan<byte> source, PooledBuffer target)
    {
        target.Write(SnappyDecompressor.FrameMagic);
        target.Write([0, 0, 0, 1, 0, 0, 0, 1]);
        for (; !source.IsEmpty; source = source[Math.Min(SnappyChunkBytes, source.Length)..])
        {
            var chunk = source[..Math.Min(SnappyChunkBytes, source.Length)];
            int lengthAt = target.Length;
            target.Claim(4);
            int length = Snappy.Compress(chunk, target.GetSpan(Snappy.GetMaxCompressedLength(chunk.Length)));
            target.Advance(length);
            BinaryPrimitives.WriteInt32BigEndian(target.Span[lengthAt..], length);
        }
    }

    private static void CompressZstd(int level, ReadOnlySpan<byte> source, PooledBuffer target)
    {
        using var compressor = new Compressor(level);
        target.Advance(compressor.Wrap(source, target.GetSpan(Compressor.GetCompressBound(source.Length))));
    }

    // Kafka's default level stands for the fast form; the others are those of the thorough one, which begins at 3 here.
    private static LZ4Level Lz4LevelOf(int level) => level == CompressionSetting.Lz4LevelDefault
        ? LZ4Level.L00_FAST
        : (LZ4Level)Math.Clamp(level, (int)LZ4Level.L03_HC, (int)LZ4Level.L12_MAX);

    private sealed class BufferStream(PooledBuffer target) : Stream
    {
        public override bool CanRead => false;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => target.Length;

        public override long Position
        {
            get => target.Length;
            set => throw new NotSupportedException();
        }

        public override void Write(ReadOnlySpan<byte> buffer) => target.Write(buffer);

        public override void Write(byte[] buffer, int offset, int count) => target.Write(buffer.AsSpan(offset, count));

        public override void Flush()
        {
        }

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();
    }
}
