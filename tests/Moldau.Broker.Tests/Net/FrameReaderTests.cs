using Moldau.Broker.Net;

namespace Moldau.Broker.Tests.Net;

public sealed class FrameReaderTests
{
    private const int BytesMax = 1_000_000;

    private readonly MemoryTransport _client = new();
    private readonly MemoryBudget _memory = new(2_000_000);

    [Fact]
    public async Task A_frame_comes_without_its_size()
    {
        _client.Send([0, 0, 0, 3, 1, 2, 3]);
        using var frames = Reader();
        Assert.Equal((byte[])[1, 2, 3], await NextAsync(frames));
    }

    [Fact]
    public async Task A_frame_in_single_bytes_is_put_together()
    {
        byte[] stream = [0, 0, 0, 2, 7, 8];
        foreach (byte part in stream) _client.Send(part);
        using var frames = Reader();
        Assert.Equal((byte[])[7, 8], await NextAsync(frames));
    }

    [Fact]
    public async Task Frames_in_one_piece_come_one_after_the_other()
    {
        _client.Send([0, 0, 0, 1, 5, 0, 0, 0, 0, 0, 0, 0, 2, 6, 7]);
        using var frames = Reader();
        Assert.Equal((byte[])[5], await NextAsync(frames));
        Assert.Empty(await NextAsync(frames));
        Assert.Equal((byte[])[6, 7], await NextAsync(frames));
    }

    [Fact]
    public async Task Frames_of_all_sizes_come_through_whole()
    {
        int[] sizes = [0, 1, 16_380, 16_381, 100, 16_384, 65_536, 3, 999_999, 20_000, 20_001];
        var random = new Random(1);
        var sent = sizes.Select(size => Random(random, size)).ToList();
        byte[] stream = [.. sent.SelectMany(Framed)];
        for (int at = 0; at < stream.Length;)
        {
            int piece = Math.Min(random.Next(1, 30_000), stream.Length - at);
            _client.Send(stream[at..(at + piece)]);
            at += piece;
        }
        using var frames = Reader();
        foreach (byte[] frame in sent)
        {
            byte[] received = await NextAsync(frames);
            Assert.Equal(frame, received);
        }
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(int.MinValue)]
    [InlineData(BytesMax + 1)]
    [InlineData(int.MaxValue)]
    public async Task A_size_out_of_bounds_is_refused_before_anything_more_is_read(int size)
    {
        _client.Send([(byte)(size >> 24), (byte)(size >> 16), (byte)(size >> 8), (byte)size]);
        using var frames = Reader();
        var refused = await Assert.ThrowsAsync<ConnectionEndException>(async () => await frames.NextAsync(default));
        Assert.Equal(ConnectionEnd.FrameSizeRefused, refused.End);
    }

    [Fact]
    public async Task A_client_that_speaks_tls_where_none_is_spoken_is_told_from_one_with_a_large_request()
    {
        _client.Send([22, 3, 1, 5, 24]);
        using var frames = Reader();
        var refused = await Assert.ThrowsAsync<ConnectionEndException>(async () => await frames.NextAsync(default));
        Assert.Contains("TLS handshake", refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData((byte)0, false)]
    [InlineData((byte)3, true)]
    public async Task A_large_request_is_refused_unless_it_is_a_produce(byte apiKey, bool isRefused)
    {
        _client.Send([.. Size(ConnectionLimits.RequestBytesMaxBesidesProduce + 1), 0, apiKey]);
        _client.EndSending();
        using var frames = new FrameReader(_client, new MemoryBudget(100_000_000), 100_000_000);
        var end = await Record.ExceptionAsync(async () => await frames.NextAsync(default));
        Assert.Equal(isRefused ? ConnectionEnd.FrameSizeRefused : null, (end as ConnectionEndException)?.End);
    }

    [Fact]
    public async Task What_is_merely_announced_is_not_allocated()
    {
        _client.Send([.. Size(BytesMax), .. new byte[100]]);
        _client.EndSending();
        using var frames = Reader();
        Assert.Null(await frames.NextAsync(default));
        Assert.InRange(_client.LargestReceive, 1, 2 * ConnectionLimits.UnreservedBytes);
    }

    [Fact]
    public async Task The_end_between_two_frames_is_told_from_the_end_within_one()
    {
        _client.Send([0, 0, 0, 1, 9]);
        _client.EndSending();
        using var frames = Reader();
        await NextAsync(frames);
        Assert.Null(await frames.NextAsync(default));
        Assert.True(frames.IsBetweenFrames);

        var torn = new MemoryTransport();
        torn.Send([0, 0, 0, 2, 9]);
        torn.EndSending();
        using var other = new FrameReader(torn, _memory, BytesMax);
        Assert.Null(await other.NextAsync(default));
        Assert.False(other.IsBetweenFrames);
    }

    [Fact]
    public async Task A_large_frame_holds_its_reservation_until_the_next_one_is_asked_for()
    {
        _client.Send([.. Framed(new byte[500_000]), 0, 0, 0, 0]);
        using var frames = Reader();
        await NextAsync(frames);
        Assert.Equal(2_000_000 - 500_004, _memory.BytesFree);
        await NextAsync(frames);
        Assert.Equal(2_000_000, _memory.BytesFree);
    }

    [Fact]
    public async Task A_large_frame_waits_until_there_is_memory_for_it()
    {
        Assert.True(_memory.TryReserve(1_900_000));
        _client.Send(Framed(new byte[500_000]));
        using var frames = Reader();
        var next = frames.NextAsync(default).AsTask();
        Assert.False(next.IsCompleted);
        _memory.Release(1_900_000);
        Assert.Equal(500_000, (await next)!.Value.Length);
    }

    private static byte[] Size(int size) => [(byte)(size >> 24), (byte)(size >> 16), (byte)(size >> 8), (byte)size];

    private static byte[] Framed(byte[] body) => [.. Size(body.Length), .. body];

    private static byte[] Random(Random random, int size)
    {
        var bytes = new byte[size];
        random.NextBytes(bytes);
        return bytes;
    }

    private static async Task<byte[]> NextAsync(FrameReader frames) => (await frames.NextAsync(default))!.Value.ToArray();

    private FrameReader Reader() => new(_client, _memory, BytesMax);
}
