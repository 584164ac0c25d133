using System.Net;
using System.Net.Sockets;
using Moldau.Broker.Net;
using Moldau.Broker.Waits;
using Moldau.Protocol.Messages;
using Moldau.TestKit;

namespace Moldau.Broker.Tests.Net;

/// <summary>While a request waits nobody receives; that its client has gone is seen all the same.</summary>
public sealed class DepartedClientTests
{
    private const short FetchVersion = 12;

    // Minutes, and nothing else waits for just as long.
    private const int LongMs = 299_993;

    [Fact]
    public async Task A_fetch_that_would_wait_for_minutes_ends_with_its_client()
    {
        var time = new WatchedTime(TimeSpan.FromMilliseconds(LongMs));
        var lines = new EventLines();
        var broker = await RunningBroker.StartAsync(new() { TimeProvider = time, LoggerFactory = lines }, default);
        using (var client = new WireClient(broker.Network.AddressOf(_ => true)!))
        {
            var topic = new CreateTopicsRequest { Topics = [new() { Name = "empty", NumPartitions = 1, ReplicationFactor = 1 }], TimeoutMs = 10_000 };
            await client.AskAsync<CreateTopicsRequest, CreateTopicsResponse>(topic, version: 7);
            await client.SendAsync(LongFetch(), FetchVersion);
            await time.WaitBegun; // Before that, a silent client's connection could be ended for another reason as time goes on.
        }
        var ended = lines.WithAsync(nameof(ConnectionEnd.ClosedByClient));
        await Patiently.UntilAsync(() =>
        {
            time.Advance(TimeSpan.FromSeconds(1));
            return ended.IsCompleted;
        });
        Assert.Contains("while its request waited", await ended, StringComparison.Ordinal);
        await broker.StopAsync();
    }

    [Fact]
    public async Task That_a_client_has_gone_is_seen_behind_what_it_has_sent()
    {
        if (!OperatingSystem.IsLinux()) return; // Elsewhere only an end with nothing before it is seen.
        var (client, served) = await ConnectedAsync();
        await client.SendAsync(new byte[10]);
        Assert.False(TcpPeer.HasEnded(served));
        client.Dispose();
        await Patiently.UntilAsync(() => TcpPeer.HasEnded(served));
        served.Dispose();
    }

    [Fact]
    public async Task That_a_client_has_gone_is_seen_without_receiving()
    {
        var (client, served) = await ConnectedAsync();
        Assert.False(TcpPeer.HasEnded(served));
        client.Dispose();
        await Patiently.UntilAsync(() => TcpPeer.HasEnded(served));
        served.Dispose();
        Assert.True(TcpPeer.HasEnded(served));
    }

    [Fact]
    public async Task The_system_is_told_to_ask_after_a_silent_client()
    {
        var (client, served) = await ConnectedAsync();
        TcpPeer.KeepAlive(served);
        Assert.NotEqual(0, served.GetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive));
        client.Dispose();
        served.Dispose();
    }

    [Theory]
    [InlineData(-1, -1)]
    [InlineData(0, 0)]
    [InlineData(500, 500)]
    [InlineData(300_000, 300_000)]
    [InlineData(int.MaxValue, 300_000)]
    public void No_fetch_waits_for_longer_than_five_minutes(int askedMs, int waitsMs) =>
        Assert.Equal(TimeSpan.FromMilliseconds(waitsMs), FetchWaits.AtMost(askedMs));

    /// <summary>So many elements that nothing is read from the connection before it is answered.</summary>
    private static FetchRequest LongFetch() => new()
    {
        MaxWaitMs = LongMs,
        MinBytes = 1,
        MaxBytes = 1,
        SessionEpoch = -1,
        Topics = [new() { Topic = "empty", Partitions = [new() { Partition = 0, PartitionMaxBytes = 1 }] }],
        ForgottenTopicsData = [new() { Topic = "t", Partitions = [.. Enumerable.Range(0, 1_001)] }],
    };

    private static async Task<(Socket Client, Socket Served)> ConnectedAsync()
    {
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        var client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await client.ConnectAsync(listener.LocalEndPoint!);
        return (client, await listener.AcceptAsync());
    }
}
