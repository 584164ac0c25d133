using Moldau.Broker.Net;
using Moldau.Protocol.Messages;
using Moldau.Protocol.Wire;

namespace Moldau.Broker.Tests.Handlers.Records;

/// <summary>
/// What a request allocates from its frame to its encoded answer, in steady state. It must not depend on how many records there are;
/// the bounds stand a little above what was measured, and may only fall.
/// </summary>
public sealed class AllocationTests : IAsyncLifetime
{
    private const short ProduceVersion = 12, FetchVersion = 12;
    private const int ProduceBytesMax = 1_200, FetchBytesMax = 1_800;
    private const string Topic = "t";

    private RunningBroker _broker = null!;
    private Dispatcher _dispatcher = null!;

    private readonly RequestHeadReader _heads = new();
    private readonly WireWriter _writer = new(4096);

    private readonly ConnectionState _connection = new()
    {
        Id = 1,
        Listener = "TEST",
        Remote = new(System.Net.IPAddress.Loopback, 1),
        Advertised = new("localhost", 9092),
    };

    public async ValueTask InitializeAsync()
    {
        _broker = await RunningBroker.StartAsync(new KafkaBrokerOptions(), default);
        using var client = new WireClient(_broker.Network.AddressOf(_ => true)!);
        await client.AskAsync<CreateTopicsRequest, CreateTopicsResponse>(
            new() { Topics = [new() { Name = Topic, NumPartitions = 1, ReplicationFactor = 1 }], TimeoutMs = 10_000 }, 7);
        _dispatcher = new Dispatcher(Apis.Bind(_broker.Services));
    }

    public async ValueTask DisposeAsync()
    {
        _writer.Dispose();
        await _broker.StopAsync();
    }

    [Fact]
    public void A_produce_allocates_little_and_nothing_per_record()
    {
        long one = AllocatedBy(ProduceFrame(records: 1), ProduceVersion);
        long many = AllocatedBy(ProduceFrame(records: 200), ProduceVersion);
        Assert.InRange(one, 1, ProduceBytesMax);
        Assert.Equal(one, many);
    }

    [Fact]
    public void A_fetch_allocates_little_and_nothing_per_record()
    {
        for (int i = 0; i < 10; i++) AllocatedBy(ProduceFrame(records: 100), ProduceVersion);
        long little = AllocatedBy(FetchFrame(bytesMax: 2_000), FetchVersion);
        long much = AllocatedBy(FetchFrame(bytesMax: 20_000), FetchVersion);
        Assert.True(little <= FetchBytesMax, $"{little}");
        Assert.Equal(little, much);
    }

    private static byte[] ProduceFrame(int records)
    {
        string[] values = [.. Enumerable.Range(0, records).Select(i => $"value {i:D5}")];
        return WireClient.Frame(TestProducer.Request(Topic, 0, TestProducer.Batch(values), acks: 1), ProduceVersion, 1)[4..];
    }

    private static byte[] FetchFrame(int bytesMax) => WireClient.Frame(new FetchRequest
    {
        MaxBytes = bytesMax,
        MinBytes = 1,
        Topics = [new() { Topic = Topic, Partitions = [new() { Partition = 0, PartitionMaxBytes = bytesMax }] }],
    }, FetchVersion, 1)[4..];

    private long AllocatedBy(byte[] frame, short version)
    {
        for (int i = 0; i < 20; i++) Serve(frame, version); // The first passes fill pools and grow buffers.
        const int times = 10;
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < times; i++) Serve(frame, version);
        return (GC.GetAllocatedBytesForCurrentThread() - before) / times;
    }

    private void Serve(byte[] frame, short version)
    {
        var (reply, _) = _dispatcher.Start(_connection, _heads, (byte[])frame, default);
        Assert.True(reply.Answer.IsCompletedSuccessfully);
        reply.Answer.Result!.Write(_writer, version);
        _writer.Reset();
        reply.Context.ReleaseHeld();
    }
}
