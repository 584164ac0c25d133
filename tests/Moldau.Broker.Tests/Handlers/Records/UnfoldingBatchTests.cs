using Moldau.Broker.Net;
using Moldau.Broker.Tests.Topics;
using Moldau.Protocol;
using Moldau.Protocol.Messages;
using Moldau.Protocol.Records;
using Moldau.TestKit;

namespace Moldau.Broker.Tests.Handlers.Records;

/// <summary>Batches that are small as they come, and large when they are read.</summary>
public sealed class UnfoldingBatchTests : IAsyncLifetime
{
    private const int Mebibyte = 1024 * 1024;
    private const string Topic = "t";

    private RunningBroker _broker = null!;
    private WireClient _client = null!;

    private MemoryBudget Memory => _broker.Services.Memory;

    public async ValueTask InitializeAsync()
    {
        var options = new KafkaBrokerOptions();
        options.Properties["socket.request.max.bytes"] = $"{Mebibyte}";
        options.Properties["moldau.request.memory.max.bytes"] = $"{16 * Mebibyte}";
        _broker = await RunningBroker.StartAsync(options, default);
        _client = new WireClient(_broker.Network.AddressOf(_ => true)!);
    }

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        await _broker.StopAsync();
    }

    [Theory]
    [InlineData("producer")]
    [InlineData("lz4")]
    public async Task What_unfolds_to_more_than_anybody_could_read_later_is_too_large(string compression)
    {
        await CreateAsync(compression);
        Assert.Equal(ErrorCode.MessageTooLarge, await ProduceAsync(130 * Mebibyte));
        Assert.Equal(ErrorCode.None, await ProduceAsync(Mebibyte));
    }

    [Fact]
    public async Task What_could_never_be_built_anew_in_the_memory_for_requests_is_too_large()
    {
        await CreateAsync("lz4");
        Assert.Equal(ErrorCode.MessageTooLarge, await ProduceAsync(20 * Mebibyte));
    }

    [Fact]
    public async Task What_is_built_anew_takes_of_the_memory_for_requests_and_gives_it_back()
    {
        await CreateAsync("lz4");
        Assert.Equal(ErrorCode.None, await ProduceAsync(5 * Mebibyte));
        Assert.Equal(Memory.BytesMax, Memory.BytesFree);
        Assert.True(Memory.TryReserve(Mebibyte));
        Assert.Equal(ErrorCode.KafkaStorageError, await ProduceAsync(5 * Mebibyte));
        Assert.Equal(ErrorCode.None, await ProduceAsync(Mebibyte));
        Memory.Release(Mebibyte);
        Assert.Equal(ErrorCode.None, await ProduceAsync(5 * Mebibyte));
        Assert.Equal(Memory.BytesMax, Memory.BytesFree);
    }

    [Fact]
    public async Task What_there_is_no_memory_for_is_not_overtaken_by_the_producers_next_batch()
    {
        await CreateAsync("lz4");
        Assert.True(Memory.TryReserve(Mebibyte));
        Assert.Equal(ErrorCode.KafkaStorageError, await ProduceAsync(5 * Mebibyte, sequence: 0));
        Assert.Equal(ErrorCode.OutOfOrderSequenceNumber, await ProduceAsync(1, sequence: 1));
        Memory.Release(Mebibyte);
        Assert.Equal(ErrorCode.None, await ProduceAsync(5 * Mebibyte, sequence: 0));
        Assert.Equal(ErrorCode.None, await ProduceAsync(1, sequence: 1));
    }

    [Fact]
    public async Task What_is_too_large_for_good_holds_up_no_batch_behind_it_though_there_was_no_memory_for_it_before()
    {
        await CreateAsync("lz4");
        Assert.True(Memory.TryReserve(Mebibyte));
        Assert.Equal(ErrorCode.KafkaStorageError, await ProduceAsync(5 * Mebibyte, sequence: 0));
        Memory.Release(Mebibyte);
        Assert.Equal(ErrorCode.OutOfOrderSequenceNumber, await ProduceAsync(1, sequence: 1));
        Assert.Equal(ErrorCode.MessageTooLarge, await ProduceAsync(20 * Mebibyte, sequence: 0));
        Assert.Equal(ErrorCode.None, await ProduceAsync(1, sequence: 1));
    }

    private Task CreateAsync(string compression) => StoredCluster.CreateAsync(_broker.Services.Storage, Topic, 1, ("compression.type", compression));

    private Task<ErrorCode> ProduceAsync(int valueBytes) => ProduceAsync(UnfoldingBatch.Of(valueBytes, timestampMs: 1_700_000_000_000));

    private Task<ErrorCode> ProduceAsync(int valueBytes, int sequence)
    {
        byte[] batch = UnfoldingBatch.Of(valueBytes, timestampMs: 1_700_000_000_000);
        Assert.True(BatchHeader.TryRead(batch, out var header));
        (header with { ProducerId = 9, ProducerEpoch = 0, BaseSequence = sequence }).Write(batch);
        BatchHeader.StampCrc(batch);
        return ProduceAsync(batch);
    }

    private async Task<ErrorCode> ProduceAsync(byte[] batch)
    {
        var request = TestProducer.Request(Topic, 0, batch, acks: -1);
        var answer = await _client.AskAsync<ProduceRequest, ProduceResponse>(request, 9);
        return answer.Responses[0].PartitionResponses[0].ErrorCode;
    }
}
