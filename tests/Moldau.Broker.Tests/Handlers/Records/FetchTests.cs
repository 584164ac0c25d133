using Moldau.Protocol;
using Moldau.Protocol.Messages;

namespace Moldau.Broker.Tests.Handlers.Records;

/// <summary>Fetches of a whole broker in memory, over its socket.</summary>
public sealed class FetchTests : IAsyncLifetime
{
    private const short Version = 12;
    private const string Topic = "t";

    private KafkaBroker _broker = null!;
    private TestProducer _producer = null!;

    public async ValueTask InitializeAsync()
    {
        _broker = await KafkaBroker.StartAsync(new KafkaBrokerOptions());
        _producer = await TestProducer.StartAsync(_broker, Topic, partitions: 2);
    }

    public async ValueTask DisposeAsync()
    {
        _producer.Dispose();
        await _broker.DisposeAsync();
    }

    [Fact]
    public async Task A_fetch_at_the_end_is_answered_by_the_next_append()
    {
        using var consumer = WireClient.To(_broker);
        await consumer.SendAsync(Request(waitMs: 60_000), Version);
        await _producer.ProduceAsync(0, "a");
        var answer = await consumer.ReceiveAsync<FetchRequest, FetchResponse>(Version);
        Assert.NotEqual(0, Only(answer).Records!.Value.Length);
    }

    [Fact]
    public async Task A_fetch_waits_until_there_are_as_many_bytes_as_it_wants()
    {
        await _producer.ProduceAsync(0, "a");
        int bytesOfOne = Only(await AskAsync(Request())).Records!.Value.Length;
        using var consumer = WireClient.To(_broker);
        await consumer.SendAsync(Request(waitMs: 60_000, minBytes: 3 * bytesOfOne), Version);
        await _producer.ProduceAsync(0, "b");
        await _producer.ProduceAsync(0, "c");
        var answer = await consumer.ReceiveAsync<FetchRequest, FetchResponse>(Version);
        Assert.Equal(3 * bytesOfOne, Only(answer).Records!.Value.Length);
    }

    [Fact]
    public async Task A_fetch_whose_time_is_over_is_answered_with_nothing()
    {
        var only = Only(await AskAsync(Request(waitMs: 1)));
        Assert.Equal((ErrorCode.None, 0), (only.ErrorCode, only.Records!.Value.Length));
    }

    [Fact]
    public async Task A_session_tells_only_what_is_news()
    {
        await _producer.ProduceAsync(0, "a");
        var first = await AskAsync(Request(epoch: 0, partitions: [0, 1]));
        Assert.NotEqual(0, first.SessionId);
        Assert.Equal(2, first.Responses.Sum(topic => topic.Partitions.Count));

        var moved = await AskAsync(Request(session: first.SessionId, epoch: 1, offset: 1, partitions: [0]));
        Assert.Empty(moved.Responses);
        await _producer.ProduceAsync(1, "b");
        var second = await AskAsync(Request(session: first.SessionId, epoch: 2, partitions: []));
        Assert.Equal(1, Only(second).PartitionIndex);
    }

    [Fact]
    public async Task A_session_that_is_unknown_or_out_of_step_is_refused()
    {
        Assert.Equal(ErrorCode.FetchSessionIdNotFound, (await AskAsync(Request(session: 17, epoch: 1))).ErrorCode);
        var opened = await AskAsync(Request(epoch: 0));
        Assert.Equal(ErrorCode.InvalidFetchSessionEpoch, (await AskAsync(Request(session: opened.SessionId, epoch: 2))).ErrorCode);
    }

    [Fact]
    public async Task Under_a_byte_limit_every_partition_of_a_session_gets_its_turn()
    {
        await _producer.ProduceAsync(0, "a");
        await _producer.ProduceAsync(1, "b");
        var request = Request(epoch: 0, partitions: [0, 1]);
        request.MaxBytes = 1;
        var first = await AskAsync(request);
        int served = ServedIn(first);
        request = Request(session: first.SessionId, epoch: 1, partitions: []);
        request.MaxBytes = 1;
        var second = await AskAsync(request);
        Assert.Equal(1 - served, ServedIn(second));
    }

    private static int ServedIn(FetchResponse response) =>
        response.Responses.SelectMany(topic => topic.Partitions).Single(partition => partition.Records!.Value.Length > 0).PartitionIndex;

    [Fact]
    public async Task A_fetch_that_wants_more_at_least_than_at_most_gets_what_it_may_have()
    {
        await _producer.ProduceAsync(0, "a");
        var request = Request(waitMs: int.MaxValue, minBytes: 1_000_000);
        request.MaxBytes = 1;
        Assert.NotEqual(0, Only(await AskAsync(request)).Records!.Value.Length);
    }

    [Fact]
    public async Task A_waiting_fetch_is_answered_when_its_topic_is_deleted()
    {
        using var consumer = WireClient.To(_broker);
        await consumer.SendAsync(Request(waitMs: int.MaxValue), Version);
        using var admin = WireClient.To(_broker);
        await admin.AskAsync<DeleteTopicsRequest, DeleteTopicsResponse>(new() { TopicNames = [Topic], TimeoutMs = 10_000 }, 5);
        var answer = await consumer.ReceiveAsync<FetchRequest, FetchResponse>(Version);
        Assert.Equal(ErrorCode.UnknownTopicOrPartition, Only(answer).ErrorCode);
    }

    [Fact]
    public async Task A_fetch_that_begins_in_an_older_segment_does_not_wait_for_more_bytes_than_that_has()
    {
        using var producer = await TestProducer.StartAsync(_broker, "rolled", partitions: 1, ("segment.ms", "1"));
        await producer.ProduceAsync(0, TestProducer.BatchAt(1_000, "a"));
        await producer.ProduceAsync(0, TestProducer.BatchAt(9_000, "b"));
        var request = Request(waitMs: int.MaxValue, minBytes: 100_000);
        request.Topics[0].Topic = "rolled";
        Assert.NotEqual(0, Only(await AskAsync(request)).Records!.Value.Length);
    }

    [Fact]
    public async Task A_waiting_fetch_is_answered_when_a_new_segment_begins()
    {
        using var producer = await TestProducer.StartAsync(_broker, "rolled", partitions: 1, ("segment.ms", "1"));
        await producer.ProduceAsync(0, TestProducer.BatchAt(1_000, "a"));
        using var consumer = WireClient.To(_broker);
        var request = Request(waitMs: int.MaxValue, minBytes: 100_000);
        request.Topics[0].Topic = "rolled";
        await consumer.SendAsync(request, Version);
        await producer.ProduceAsync(0, TestProducer.BatchAt(9_000, "b"));
        var answer = await consumer.ReceiveAsync<FetchRequest, FetchResponse>(Version);
        Assert.NotEqual(0, Only(answer).Records!.Value.Length);
    }

    [Fact]
    public async Task A_partition_that_does_not_exist_keeps_no_other_from_being_waited_for()
    {
        using var consumer = WireClient.To(_broker);
        await consumer.SendAsync(Request(waitMs: int.MaxValue, partitions: [0, 17]), Version);
        await _producer.ProduceAsync(0, "a");
        var answer = await consumer.ReceiveAsync<FetchRequest, FetchResponse>(Version);
        var partitions = Assert.Single(answer.Responses).Partitions;
        Assert.NotEqual(0, partitions[0].Records!.Value.Length);
        Assert.Equal(ErrorCode.UnknownTopicOrPartition, partitions[1].ErrorCode);
    }

    [Fact]
    public async Task A_fetch_that_names_nothing_that_exists_does_not_wait() =>
        Assert.Equal(ErrorCode.UnknownTopicOrPartition, Only(await AskAsync(Request(waitMs: int.MaxValue, partitions: [17]))).ErrorCode);

    private static FetchRequest Request(
        int waitMs = 0, int minBytes = 1, int session = 0, int epoch = -1, long offset = 0, int[]? partitions = null) => new()
        {
            MaxWaitMs = waitMs,
            MinBytes = minBytes,
            MaxBytes = 1_000_000,
            SessionId = session,
            SessionEpoch = epoch,
            Topics = [new()
        {
            Topic = Topic,
            Partitions = [.. (partitions ?? [0]).Select(index => Partition(index, offset))],
        }],
        };

    private static FetchRequest.FetchPartition Partition(int index, long offset) =>
        new() { Partition = index, FetchOffset = offset, PartitionMaxBytes = 1_000_000 };

    private async Task<FetchResponse> AskAsync(FetchRequest request)
    {
        using var consumer = WireClient.To(_broker);
        return await consumer.AskAsync<FetchRequest, FetchResponse>(request, Version);
    }

    private static FetchResponse.PartitionData Only(FetchResponse response) => Assert.Single(Assert.Single(response.Responses).Partitions);
}
