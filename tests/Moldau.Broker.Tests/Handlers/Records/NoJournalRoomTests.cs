using System.Diagnostics;
using Moldau.Broker.Tests.Simulation;
using Moldau.Coordination.Metadata;
using Moldau.Protocol;
using Moldau.Protocol.Messages;
using Moldau.Protocol.Records;

namespace Moldau.Broker.Tests.Handlers.Records;

/// <summary>A broker whose journal has no room: what is appended is not committed, and nobody knows when it will be.</summary>
public sealed class NoJournalRoomTests : IAsyncLifetime
{
    private const string Topic = "t", LaxTopic = "lax";
    private const int Hours = int.MaxValue;
    private const short ProduceVersion = 12, FetchVersion = 12, ListVersion = 7;
    private const long Latest = -1;
    private const int LooksPerSecond = 1_000;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly SimulatedBroker _broker = new(seed: 1);

    public async ValueTask InitializeAsync()
    {
        await _broker.StartAsync();
        await _broker.CreateTopicAsync(Topic, partitions: 1);
        await _broker.CreateTopicAsync(LaxTopic, partitions: 1);
        await OptOutOfDurabilityAsync(LaxTopic);
        Assert.Equal(ErrorCode.None, await AnswerOf(ProduceAsync(acks: -1)));
        _broker.IsFull = path => path.EndsWith(".journal", StringComparison.Ordinal);
        Assert.Equal(ErrorCode.None, await AnswerOf(ProduceAsync(acks: 1)));
    }

    public async ValueTask DisposeAsync()
    {
        _broker.IsFull = null;
        await _broker.DisposeAsync();
    }

    [Theory]
    [InlineData(0, true)]
    [InlineData(1, false)]
    public async Task A_fetch_gets_what_is_committed_and_keeps_no_memory(long offset, bool isCommitted)
    {
        var read = await AnswerOf(FetchAsync(offset));
        Assert.Equal((ErrorCode.None, 1L, isCommitted), (read.ErrorCode, read.HighWatermark, read.Records!.Value.Length > 0));
        Assert.Equal(_broker.Memory.BytesMax, _broker.Memory.BytesFree);
    }

    [Fact]
    public async Task The_last_offset_is_that_of_what_is_committed() => Assert.Equal(1, await AnswerOf(ListLatestAsync()));

    [Fact]
    public async Task A_produce_whose_connection_ends_is_let_go_and_one_whose_client_stays_is_answered_when_there_is_room()
    {
        using var closed = new CancellationTokenSource();
        var gone = ProduceAsync(acks: -1, closed.Token);
        var patient = ProduceAsync(acks: -1);
        await closed.CancelAsync();
        Assert.Equal(ErrorCode.KafkaStorageError, await AnswerOf(gone));
        Assert.False(patient.IsCompleted);
        _broker.IsFull = null;
        Assert.Equal(ErrorCode.None, await AnswerOf(patient));
        Assert.Equal(4, await AnswerOf(ListLatestAsync()));
    }

    [Fact]
    public async Task A_produce_whose_time_is_over_is_told_so_and_its_records_are_committed_when_there_is_room()
    {
        var options = new BatchOptions { ProducerId = 7, ProducerEpoch = 0, BaseSequence = 0 };
        byte[] batch = new BatchBuilder(options).Append(_broker.Now.ToUnixTimeMilliseconds(), null, new byte[10]).BuildArray();
        Assert.Equal(ErrorCode.RequestTimedOut, await AnswerOf(ProduceAsync(batch, acks: -1, timeoutMs: 5_000)));
        Assert.Equal(_broker.Memory.BytesMax, _broker.Memory.BytesFree);
        var again = ProduceAsync(batch, acks: -1, Hours);
        Assert.Equal(1, await AnswerOf(ListLatestAsync()));
        _broker.IsFull = null;
        Assert.Equal(ErrorCode.None, await AnswerOf(again));
        Assert.Equal(3, await AnswerOf(ListLatestAsync()));
    }

    [Fact]
    public async Task A_partition_that_is_committed_says_so_beside_one_whose_time_is_over()
    {
        var request = TestProducer.Request(Topic, 0, TestProducer.Batch("a"), acks: -1, timeoutMs: 5_000);
        request.TopicData.AddRange(TestProducer.Request(LaxTopic, 0, TestProducer.Batch("b"), acks: -1).TopicData);
        var answer = await AnswerOf(_broker.BeginAsync<ProduceRequest, ProduceResponse>(request, ProduceVersion, default));
        var answers = answer!.Responses.ToDictionary(topic => topic.Name, topic => topic.PartitionResponses[0].ErrorCode);
        Assert.Equal((ErrorCode.RequestTimedOut, ErrorCode.None), (answers[Topic], answers[LaxTopic]));
    }

    [Fact]
    public async Task Who_gives_no_time_is_answered_by_the_flush_all_the_same()
    {
        var answer = ProduceAsync(TestProducer.Batch("a"), acks: -1, timeoutMs: 0);
        Assert.False(answer.IsCompleted);
        _broker.IsFull = null;
        Assert.Equal(ErrorCode.None, await ProduceAsync(acks: 1)); // It wakes the committer.
        Assert.Equal(ErrorCode.None, await answer.WaitAsync(Patience)); // The clock stands still.
    }

    private async Task OptOutOfDurabilityAsync(string topic)
    {
        var request = new IncrementalAlterConfigsRequest
        {
            Resources = [new() { ResourceType = (sbyte)ConfigResourceType.Topic, ResourceName = topic, Configs = [new() { Name = "flush.ms", Value = "1000" }] }],
        };
        var answer = await AnswerOf(_broker.BeginAsync<IncrementalAlterConfigsRequest, IncrementalAlterConfigsResponse>(request, version: 1, default));
        Assert.Equal(ErrorCode.None, answer!.Responses[0].ErrorCode);
    }

    private Task<ErrorCode> ProduceAsync(short acks, CancellationToken closed = default)
    {
        byte[] batch = new BatchBuilder().Append(_broker.Now.ToUnixTimeMilliseconds(), null, new byte[100_000]).BuildArray();
        return ProduceAsync(batch, acks, Hours, closed);
    }

    private async Task<ErrorCode> ProduceAsync(byte[] batch, short acks, int timeoutMs, CancellationToken closed = default)
    {
        var request = TestProducer.Request(Topic, 0, batch, acks, timeoutMs);
        var answer = await _broker.BeginAsync<ProduceRequest, ProduceResponse>(request, ProduceVersion, closed);
        return answer!.Responses[0].PartitionResponses[0].ErrorCode;
    }

    private async Task<FetchResponse.PartitionData> FetchAsync(long offset)
    {
        var answer = await _broker.BeginAsync<FetchRequest, FetchResponse>(new()
        {
            MinBytes = 1,
            MaxBytes = 1_000_000,
            SessionEpoch = -1,
            Topics = [new() { Topic = Topic, Partitions = [new() { FetchOffset = offset, PartitionMaxBytes = 1_000_000 }] }],
        }, FetchVersion, default);
        return answer!.Responses[0].Partitions[0];
    }

    private async Task<long> ListLatestAsync()
    {
        var request = new ListOffsetsRequest { ReplicaId = -1, Topics = [new() { Name = Topic, Partitions = [new() { CurrentLeaderEpoch = -1, Timestamp = Latest }] }] };
        var answer = await _broker.BeginAsync<ListOffsetsRequest, ListOffsetsResponse>(request, ListVersion, default);
        return answer!.Topics[0].Partitions[0].Offset;
    }

    /// <summary>The clock goes on meanwhile: the journal is tried again each second.</summary>
    private async Task<T> AnswerOf<T>(Task<T> answer)
    {
        long begunAt = Stopwatch.GetTimestamp();
        for (int looks = 1; !answer.IsCompleted && Stopwatch.GetElapsedTime(begunAt) < Patience; looks++)
        {
            if (looks % LooksPerSecond == 0) _broker.Advance(TimeSpan.FromSeconds(1));
            await Task.Yield();
        }
        Assert.True(answer.IsCompleted, "The broker does not answer.");
        return await answer;
    }
}
