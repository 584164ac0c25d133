using System.Diagnostics;
using Moldau.Broker.Tests.Simulation;
using Moldau.Protocol;
using Moldau.Protocol.Messages;
using Moldau.Protocol.Records;

namespace Moldau.Broker.Tests.Handlers.Records;

/// <summary>A broker whose journal has no room: what is appended is not committed, and nobody knows when it will be.</summary>
public sealed class NoJournalRoomTests : IAsyncLifetime
{
    private const string Topic = "t";
    private const short ProduceVersion = 12, FetchVersion = 12, ListVersion = 7;
    private const long Latest = -1;
    private const int LooksPerSecond = 1_000;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly SimulatedBroker _broker = new(seed: 1);

    public async ValueTask InitializeAsync()
    {
        await _broker.StartAsync();
        await _broker.CreateTopicAsync(Topic, partitions: 1);
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

    private async Task<ErrorCode> ProduceAsync(short acks, CancellationToken closed = default)
    {
        byte[] batch = new BatchBuilder().Append(_broker.Now.ToUnixTimeMilliseconds(), null, new byte[100_000]).BuildArray();
        var request = TestProducer.Request(Topic, 0, batch, acks);
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
