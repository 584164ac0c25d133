using Microsoft.Extensions.Logging.Abstractions;
using Moldau.Broker.Hosting;
using Moldau.Broker.Tests.Handlers.Records;
using Moldau.Broker.Tests.Topics;
using Moldau.Broker.Topics;
using Moldau.Broker.Waits;
using Moldau.Coordination.Groups;
using Moldau.Coordination.ShareState;
using Moldau.Log;
using Moldau.Protocol;
using Moldau.Protocol.Messages;
using Moldau.TestKit;

namespace Moldau.Broker.Tests.Hosting;

/// <summary>Share groups and the share coordinator of one broker.</summary>
public sealed class ShareGroupStatesTests : IAsyncDisposable
{
    private const string Group = "g", Topic = "t", Member = "m";

    private static readonly RequestContext Context = new() { Api = ApiKey.ShareGroupHeartbeat, Version = 1 };

    private readonly StoredCluster _cluster = new() { Properties = { ["group.share.assignment.interval.ms"] = "0" } };
    private BrokerStorage? _storage;
    private BrokerCoordinators? _coordinators;

    public async ValueTask DisposeAsync()
    {
        await _coordinators!.DisposeAsync();
        await _storage!.DisposeAsync();
    }

    [Fact]
    public async Task A_member_gets_partitions_when_their_state_is_begun()
    {
        var key = await StartWithTopicAsync();
        await JoinedAsync();
        var summary = await _coordinators!.ShareState.ReadSummaryAsync(key);
        Assert.Equal((2, -1L), (summary.State!.StateEpoch, summary.State.StartOffset));
        await DisposeAsync();
        await StartAsync();
        Assert.Equal((ErrorCode.None, 3), await BeatAsync(epoch: 3));
    }

    [Fact]
    public async Task What_is_written_to_an_added_partition_before_the_group_has_it_is_for_the_group_too()
    {
        var key = await StartWithTopicAsync(); // The group begins with the topic at its end.
        await JoinedAsync();
        var grown = await _storage!.Topics.GrowAsync(new CreatePartitionsRequest { TimeoutMs = 10_000, Topics = [new() { Name = Topic, Count = 2, Assignments = null }] });
        Assert.Equal(ErrorCode.None, grown.Results[0].ErrorCode);
        foreach (int partition in new[] { 0, 1 }) LogOf(partition).Append(TestProducer.Batch("x", "y"), new AppendContext { LeaderEpoch = 0 });
        await Patiently.UntilAsync(async () => await BeatAsync(epoch: 0) is (ErrorCode.None, > 4));
        Assert.Equal<(long?, long?)>((2, 0), (await BeginAsync(key), await BeginAsync(key with { Partition = 1 })));
    }

    [Fact]
    public async Task An_altered_start_is_stored_and_goes_when_it_is_deleted()
    {
        var key = await StartWithTopicAsync();
        await AlterAsync(startOffset: 7);
        Assert.Equal(7, await StartAsync(key));
        var deleted = await AskAsync<DeleteShareGroupOffsetsResponse>(
            new DeleteShareGroupOffsetsRequest { GroupId = Group, Topics = [new() { TopicName = Topic }] });
        Assert.Equal(ErrorCode.None, deleted.Responses[0].ErrorCode);
        Assert.Null((await _coordinators!.ShareState.ReadSummaryAsync(key)).State);
    }

    [Fact]
    public async Task A_start_that_is_left_to_the_leader_takes_the_place_of_the_former()
    {
        var key = await StartWithTopicAsync();
        await AlterAsync(startOffset: 7);
        await AlterAsync(startOffset: -1);
        Assert.Equal(-1, await StartAsync(key));
    }

    [Fact]
    public async Task A_deleted_group_leaves_no_state_behind()
    {
        var key = await StartWithTopicAsync();
        await JoinedAsync();
        Assert.Equal((ErrorCode.None, -1), await BeatAsync(epoch: -1));
        var deleted = await AskAsync<DeleteGroupsResponse.DeletableGroupResult>(new DeleteGroup(Group));
        Assert.Equal(ErrorCode.None, deleted.ErrorCode);
        Assert.Null((await _coordinators!.ShareState.ReadSummaryAsync(key)).State);
        Assert.Equal((ErrorCode.None, 2), await BeatAsync(epoch: 0));
    }

    private async Task<SharePartitionKey> StartWithTopicAsync()
    {
        await StartAsync();
        return new SharePartitionKey(Group, await StoredCluster.CreateAsync(_storage!, Topic), Partition: 0);
    }

    private async Task StartAsync()
    {
        _storage = await _cluster.OpenAsync();
        _coordinators = new BrokerCoordinators(_storage, _cluster.Time, NullLoggerFactory.Instance);
        _coordinators.Start();
    }

    private async Task AlterAsync(long startOffset)
    {
        var altered = await AskAsync<AlterShareGroupOffsetsResponse>(new AlterShareGroupOffsetsRequest
        {
            GroupId = Group,
            Topics = [new() { TopicName = Topic, Partitions = [new() { PartitionIndex = 0, StartOffset = startOffset }] }],
        });
        Assert.Equal(ErrorCode.None, altered.Responses[0].Partitions[0].ErrorCode);
    }

    private async Task<long?> BeginAsync(SharePartitionKey key)
    {
        Assert.Equal(ErrorCode.None, _storage!.Partitions.Find(key.TopicId, key.Partition, out var partition));
        var lookup = await _coordinators!.Sharing.Partitions.FindAsync(key, partition);
        return lookup.Found!.TryBeginFetch(new FetchWaits(_cluster.Time).Begin([]), partition.Log.LogStartOffset);
    }

    private PartitionLog LogOf(int index)
    {
        Assert.Equal(ErrorCode.None, _storage!.Partitions.Find(Topic, index, out var partition));
        return partition.Log;
    }

    private async Task<long> StartAsync(SharePartitionKey key) => (await _coordinators!.ShareState.ReadSummaryAsync(key)).State!.StartOffset;

    /// <summary>The first epoch has no partitions yet; the one after it has those that were begun meanwhile.</summary>
    private async Task JoinedAsync()
    {
        Assert.Equal((ErrorCode.None, 2), await BeatAsync(epoch: 0));
        await Patiently.UntilAsync(async () => await BeatAsync(epoch: 2) is not (ErrorCode.None, 2));
        Assert.Equal((ErrorCode.None, 3), await BeatAsync(epoch: 3));
    }

    private async Task<(ErrorCode Error, int Epoch)> BeatAsync(int epoch)
    {
        var answer = await AskAsync<ShareGroupHeartbeatResponse>(new ShareGroupHeartbeatRequest
        {
            GroupId = Group,
            MemberId = Member,
            MemberEpoch = epoch,
            SubscribedTopicNames = epoch == 0 ? [Topic] : null,
        });
        return (answer.ErrorCode, answer.MemberEpoch);
    }

    private async Task<TAnswer> AskAsync<TAnswer>(object request) where TAnswer : class =>
        (await _coordinators!.Groups.AskAsync<TAnswer>(
            Context, Group, request, error => throw new InvalidOperationException($"The coordinator refuses {request}: {error}.")))!;
}
