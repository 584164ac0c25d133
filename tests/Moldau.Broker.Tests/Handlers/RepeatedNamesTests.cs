using Moldau.Broker.Handlers;
using Moldau.Broker.Handlers.Records;
using Moldau.Broker.Tests.Topics;
using Moldau.Log;
using Moldau.Protocol;
using Moldau.Protocol.Messages;
using Moldau.Protocol.Records;

namespace Moldau.Broker.Tests.Handlers;

/// <summary>Requests that name something more than once, in one place or in several.</summary>
public sealed class RepeatedNamesTests : IAsyncLifetime
{
    private const string Topic = "t";

    private RunningBroker _broker = null!;
    private WireClient _client = null!;

    public async ValueTask InitializeAsync()
    {
        _broker = await RunningBroker.StartAsync(new KafkaBrokerOptions(), default);
        await StoredCluster.CreateAsync(_broker.Services.Storage, Topic, partitions: 2);
        _client = new WireClient(_broker.Network.AddressOf(_ => true)!);
    }

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        await _broker.StopAsync();
    }

    [Fact]
    public async Task Offsets_of_a_partition_that_two_entries_name_are_refused_once()
    {
        var answer = await _client.AskAsync<ListOffsetsRequest, ListOffsetsResponse>(new() { ReplicaId = -1, Topics = [Wanted(0), Wanted(1), Wanted(0)] }, 7);
        var topic = Assert.Single(answer.Topics);
        Assert.Equal([(0, ErrorCode.InvalidRequest), (1, ErrorCode.None)], topic.Partitions.Select(partition => (partition.PartitionIndex, partition.ErrorCode)));
    }

    [Fact]
    public async Task Offsets_that_nobody_waits_for_are_not_looked_up()
    {
        var handler = new ListOffsets(_broker.Services.Partitions);
        var context = new RequestContext { Api = ApiKey.ListOffsets, Version = 7, ConnectionClosed = new CancellationToken(canceled: true) };
        var answer = await handler.HandleAsync(context, new ListOffsetsRequest { ReplicaId = -1, Topics = [Wanted(0)] });
        Assert.Equal(ErrorCode.NotLeaderOrFollower, answer!.Topics[0].Partitions[0].ErrorCode);
    }

    [Fact]
    public async Task The_producers_of_a_partition_are_told_once()
    {
        Append(0, new BatchOptions { ProducerId = 7, ProducerEpoch = 0, BaseSequence = 0 });
        var request = new DescribeProducersRequest { Topics = [new() { Name = Topic, PartitionIndexes = [0, 0, 1] }, new() { Name = Topic, PartitionIndexes = [0] }] };
        var answer = await _client.AskAsync<DescribeProducersRequest, DescribeProducersResponse>(request, 0);
        var topic = Assert.Single(answer.Topics);
        Assert.Equal([(0, 1), (1, 0)], topic.Partitions.Select(partition => (partition.PartitionIndex, partition.ActiveProducers.Count)));
    }

    [Fact]
    public async Task Of_two_entries_that_delete_records_of_one_partition_the_last_counts()
    {
        for (int i = 0; i < 3; i++) Append(0, BatchOptions.Default);
        var request = new DeleteRecordsRequest { TimeoutMs = 1000, Topics = [Deleted(before: 1), Deleted(before: 2)] };
        var answer = await _client.AskAsync<DeleteRecordsRequest, DeleteRecordsResponse>(request, 2);
        var partition = Assert.Single(Assert.Single(answer.Topics).Partitions);
        Assert.Equal((ErrorCode.None, 2L), (partition.ErrorCode, partition.LowWatermark));
    }

    [Fact]
    public async Task A_group_that_is_to_be_deleted_twice_is_deleted_once()
    {
        var commit = new OffsetCommitRequest
        {
            GroupId = "g",
            GenerationIdOrMemberEpoch = -1,
            Topics = [new() { Name = Topic, Partitions = [new() { PartitionIndex = 0, CommittedOffset = 0 }] }],
        };
        OffsetCommitResponse committed;
        do committed = await _client.AskAsync<OffsetCommitRequest, OffsetCommitResponse>(commit, 8);
        while (committed.Topics[0].Partitions[0].ErrorCode == ErrorCode.CoordinatorNotAvailable); // Its topic is being made.
        var answer = await _client.AskAsync<DeleteGroupsRequest, DeleteGroupsResponse>(new() { GroupsNames = ["g", "g"] }, 2);
        Assert.Equal(("g", ErrorCode.None), (Assert.Single(answer.Results).GroupId, answer.Results[0].ErrorCode));
    }

    [Theory]
    [InlineData(7)]
    [InlineData(9)]
    public async Task An_offset_that_is_asked_for_again_is_told_again_but_only_so_often(short version)
    {
        const int times = 1000;
        int[] indexes = [.. Enumerable.Repeat(0, times)];
        var request = version < 8
            ? new OffsetFetchRequest { GroupId = "g", Topics = [new() { Name = Topic, PartitionIndexes = [.. indexes] }] }
            : new OffsetFetchRequest { Groups = [new() { GroupId = "g", Topics = [new() { Name = Topic, PartitionIndexes = [.. indexes] }] }] };
        var answer = await _client.AskAsync<OffsetFetchRequest, OffsetFetchResponse>(request, version);
        int told = version < 8 ? answer.Topics[0].Partitions.Count : answer.Groups[0].Topics[0].Partitions.Count;
        Assert.Equal(1 + RepeatLimit<string>.RepeatsMax, told);
    }

    private static ListOffsetsRequest.ListOffsetsTopic Wanted(int index) => new() { Name = Topic, Partitions = [new() { PartitionIndex = index, Timestamp = -1 }] };

    private static DeleteRecordsRequest.DeleteRecordsTopic Deleted(long before) => new() { Name = Topic, Partitions = [new() { Offset = before }] };

    private void Append(int index, BatchOptions options)
    {
        Assert.Equal(ErrorCode.None, _broker.Services.Partitions.Find(Topic, index, out var partition));
        using var builder = new BatchBuilder(options);
        builder.Append(0, null, new byte[10]);
        Assert.Equal(ErrorCode.None, partition.Log.Append(builder.Build(), new AppendContext { LeaderEpoch = 0 }).Error);
    }
}
