using System.Buffers.Binary;
using CsCheck;
using Moldau.Protocol.Records;
using Moldau.TestKit;
using Snappier;

namespace Moldau.Protocol.Tests.Records;

public sealed class CompressionTests
{
    private static readonly CompressionCodec[] Codecs = [CompressionCodec.Gzip, CompressionCodec.Snappy, CompressionCodec.Lz4, CompressionCodec.Zstd];

    public static TheoryData<string> CodecNames => new(Codecs.Select(codec => codec.ToString()));

    [Fact]
    public void What_is_compressed_is_decompressed_again()
    {
        var repetitive = Gen.Select(Gen.Byte.Array[1, 40], Gen.Int[1, 8000], (pattern, times) =>
            Enumerable.Repeat(pattern, times).SelectMany(bytes => bytes).ToArray());
        Gen.Select(Gen.OneOf(Gen.Byte.Array[0, 3000], repetitive), Gen.Int[0, Codecs.Length - 1].Select(at => Codecs[at])).Sample((bytes, codec) =>
            Assert.Equal(bytes, Decompress(codec, Compress(CompressionSetting.Default(codec), bytes))), iter: Searches.Rounds(60));
    }

    [Theory]
    [MemberData(nameof(CodecNames))]
    public void Nothing_is_compressed_into_something_that_is_decompressed_to_nothing(string name)
    {
        var codec = Enum.Parse<CompressionCodec>(name);
        var compressed = Compress(CompressionSetting.Default(codec), []);
        Assert.NotEmpty(compressed);
        Assert.Empty(Decompress(codec, compressed));
    }

    [Theory]
    [InlineData("Gzip", 1)]
    [InlineData("Gzip", 9)]
    [InlineData("Lz4", 1)]
    [InlineData("Lz4", 17)]
    [InlineData("Zstd", -7)]
    [InlineData("Zstd", 19)]
    public void Every_level_of_Kafka_is_understood(string codec, int level)
    {
        var bytes = Text(200_000);
        var compressed = Compress(new CompressionSetting(Enum.Parse<CompressionCodec>(codec), level), bytes);
        Assert.InRange(compressed.Length, 1, bytes.Length / 2);
        Assert.Equal(bytes, Decompress(Enum.Parse<CompressionCodec>(codec), compressed));
    }

    [Fact]
    public void Snappy_without_framing_is_understood() =>
        Assert.Equal(Text(300_000), Decompress(CompressionCodec.Snappy, Snappy.CompressToArray(Text(300_000))));

    [Fact]
    public void An_empty_chunk_of_snappy_does_not_end_the_data()
    {
        byte[] framed = [.. SnappyDecompressor.FrameMagic, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 0, .. Chunk(Text(10))];
        Assert.Equal(Text(10), Decompress(CompressionCodec.Snappy, framed));
    }

    [Theory]
    [MemberData(nameof(CodecNames))]
    public void A_stream_that_is_cut_anywhere_is_refused(string name)
    {
        var codec = Enum.Parse<CompressionCodec>(name);
        var bytes = Text(500);
        var compressed = Compress(CompressionSetting.Default(codec), bytes);
        for (int length = 0; length < compressed.Length; length++)
        {
            int cut = length;
            // Where the framing of xerial ends after a chunk nothing tells that another should follow.
            if (codec == CompressionCodec.Snappy && cut is 16) continue;
            Assert.Throws<MalformedBatchException>(() => Decompress(codec, compressed[..cut]));
        }
    }

    [Theory]
    [MemberData(nameof(CodecNames))]
    public void Damage_leads_to_an_error_or_to_bytes_but_to_nothing_else(string name)
    {
        var codec = Enum.Parse<CompressionCodec>(name);
        var compressed = Compress(CompressionSetting.Default(codec), Text(2000));
        Gen.Select(Gen.Int[0, compressed.Length - 1], Gen.Byte).Sample((at, value) =>
        {
            var damaged = compressed.ToArray();
            damaged[at] = value;
            AssertBounded(codec, damaged);
        }, iter: Searches.Rounds(300));
        Gen.Byte.Array[0, 200].Sample(arbitrary => AssertBounded(codec, arbitrary), iter: Searches.Rounds(300));
    }

    [Theory]
    [MemberData(nameof(CodecNames))]
    public void A_bomb_is_stopped_at_the_limit(string name)
    {
        var codec = Enum.Parse<CompressionCodec>(name);
        var bomb = Compress(CompressionSetting.Default(codec), new byte[16 * 1024 * 1024]);
        using var source = Decompressor.Open(codec, bomb, outputBytesMax: 1024 * 1024);
        long passed = 0;
        var refusal = Assert.Throws<MalformedBatchException>(() =>
        {
            for (int length = source.Next().Length; length > 0; length = source.Next().Length) passed += length;
        });
        Assert.Equal(ErrorCode.MessageTooLarge, refusal.Error);
        Assert.InRange(passed, 0, 1024 * 1024);
    }

    [Fact]
    public void A_block_of_snappy_that_claims_gigabytes_takes_no_memory()
    {
        byte[] claim = [0xff, 0xff, 0xff, 0xff, 0x07, 0, 0];
        Assert.Throws<MalformedBatchException>(() => Decompress(CompressionCodec.Snappy, claim));
        long before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Throws<MalformedBatchException>(() => Decompress(CompressionCodec.Snappy, claim));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 100_000);
    }

    [Fact]
    public void Blocks_of_lz4_are_held_against_their_checksums()
    {
        // | magic | FLG with block checksums | BD 64 KiB | HC | stored block of 1 byte | its checksum | end |
        byte[] descriptor = [0x70, 0x40];
        byte[] frame = [0x04, 0x22, 0x4d, 0x18, .. descriptor, Lz4Frame.HeaderChecksum(descriptor), 1, 0, 0, 0x80, 7, 0, 0, 0, 0, 0, 0, 0, 0];
        Assert.Throws<MalformedBatchException>(() => Decompress(CompressionCodec.Lz4, frame));
        BinaryPrimitives.WriteUInt32LittleEndian(frame.AsSpan(12), System.IO.Hashing.XxHash32.HashToUInt32([7]));
        Assert.Equal([7], Decompress(CompressionCodec.Lz4, frame));
    }

    private static void AssertBounded(CompressionCodec codec, byte[] bytes)
    {
        try
        {
            Assert.InRange(Decompress(codec, bytes).Length, 0, 8 * 1024 * 1024);
        }
        catch (MalformedBatchException e)
        {
            Assert.Contains(e.Error, new[] { ErrorCode.UnknownServerError, ErrorCode.MessageTooLarge });
        }
    }

    private static byte[] Text(int length) => [.. Enumerable.Range(0, length).Select(i => (byte)("offset partition topic"[i % 22] + (i / 1000 % 3)))];

    private static byte[] Chunk(byte[] bytes)
    {
        var block = Snappy.CompressToArray(bytes);
        return [0, 0, 0, (byte)block.Length, .. block];
    }

    private static byte[] Compress(CompressionSetting setting, byte[] bytes)
    {
        using var target = new PooledBuffer();
        Compression.Compress(setting, bytes, target);
        return target.Span.ToArray();
    }

    private static byte[] Decompress(CompressionCodec codec, byte[] compressed)
    {
        using var buffer = BatchRecords.Decompress(codec, compressed, outputBytesMax: 8 * 1024 * 1024);
        return buffer.Span.ToArray();
    }
}
