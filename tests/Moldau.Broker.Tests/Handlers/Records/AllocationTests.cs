using Moldau.Broker.Net;
using Moldau.Protocol.Messages;
using Moldau.Protocol.Wire;

namespace Moldau.Broker.Tests.Handlers.Records;

/// <summary>
/// What a request allocates from its frame to its encoded answer, in steady state. It must not depend on how many records there are;
/// the bounds stand a little above what was measured, and may only fall.
/// </summary>
[Collection(nameof(AllocationTests))]
[CollectionDefinition(nameof(AllocationTests), DisableParallelization = true)]
public sealed class AllocationTests : IAsyncLifetime
{
    private const short ProduceVersion = 12, FetchVersion = 12;
    private const int ProduceBytesMax = 1_200, DurableProduceBytesMax = 1_500, FetchBytesMax = 1_800;
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

    public async ValueTask InitializeAsync() => await StartAsync(new KafkaBrokerOptions());

    private async Task StartAsync(KafkaBrokerOptions options)
    {
        _broker = await RunningBroker.StartAsync(options, default);
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

    /// <summary>
    /// The answer comes when the journal is on the disk, so this thread is not alone at work: what all threads allocate is counted, at
    /// its least, as some may work on something else. That is why these tests run alone.
    /// </summary>
    [Fact]
    public async Task A_durable_produce_allocates_little_and_nothing_per_record()
    {
        var directory = Directory.CreateTempSubdirectory("moldau-allocation-");
        await _broker.StopAsync();
        await StartAsync(new KafkaBrokerOptions { DataDirectory = directory.FullName });
        byte[] one = ProduceFrame(records: 1, acks: -1), many = ProduceFrame(records: 200, acks: -1);
        Assert.InRange(await AllocatedDurablyByAsync(one), 1, DurableProduceBytesMax);
        Assert.InRange(await AllocatedDurablyByAsync(many), 1, DurableProduceBytesMax);
        await _broker.StopAsync();
        directory.Delete(recursive: true);
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

    private static byte[] ProduceFrame(int records, short acks = 1)
    {
        string[] values = [.. Enumerable.Range(0, records).Select(i => $"value {i:D5}")];
        return WireClient.Frame(TestProducer.Request(Topic, 0, TestProducer.Batch(values), acks: acks), ProduceVersion, 1)[4..];
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

    private async Task<long> AllocatedDurablyByAsync(byte[] frame)
    {
        long least = long.MaxValue;
        for (int i = 0; i < 50; i++)
        {
            long before = GC.GetTotalAllocatedBytes(precise: true);
            var (reply, _) = _dispatcher.Start(_connection, _heads, (byte[])frame, default);
            var answer = await reply.Answer;
            answer!.Write(_writer, ProduceVersion);
            _writer.Reset();
            reply.Context.ReleaseHeld();
            least = Math.Min(least, GC.GetTotalAllocatedBytes(precise: true) - before);
        }
        return least;
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
