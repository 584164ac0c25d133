using Moldau.Conformance.Clients;
using Moldau.Protocol;
using Moldau.Protocol.Messages;

namespace Moldau.Conformance.NewestVersions;

/// <summary>A classic group in the versions that no real client sends: topic ids in commits, and what was added to the admin's calls.</summary>
public sealed class NewestGroupTests(ClientBroker broker)
{
    private const int Partitions = 4;

    [Fact]
    [Drives(ApiKey.OffsetCommit, ApiKey.OffsetFetch, ApiKey.JoinGroup, ApiKey.SyncGroup, ApiKey.Heartbeat, ApiKey.LeaveGroup)]
    public async Task Members_that_come_and_go_hand_the_partitions_over_with_their_offsets()
    {
        string group = broker.NewName("newest");
        using var first = await NewestMember.ConnectAsync(broker.Bootstrap, group);
        using var second = await NewestMember.ConnectAsync(broker.Bootstrap, group);
        var topic = (await NewestTopic.CreateAsync(first.Client, broker.NewName("newest"), Partitions)).Id;

        await first.JoinAsync(Partitions);
        Assert.Equal([0, 1, 2, 3], first.Assigned);
        Assert.Equal(ErrorCode.None, await first.CommitAsync(topic, 1, 11));
        Assert.Equal(ErrorCode.UnknownTopicId, await first.CommitAsync(Guid.NewGuid(), 1, 11));

        var joining = second.JoinAsync(Partitions);
        await first.AwaitRebalanceAsync();
        // The generation is not over before the next one begins.
        Assert.Equal(ErrorCode.None, await first.CommitAsync(topic, 1, 12));
        int former = first.Generation;
        await Task.WhenAll(joining, first.JoinAsync(Partitions));
        Assert.Equal((former + 1, former + 1), (first.Generation, second.Generation));
        Assert.Equal([0, 1, 2, 3], first.Assigned.Concat(second.Assigned).Order());

        await first.LeaveAsync();
        await second.AwaitRebalanceAsync();
        await second.JoinAsync(Partitions);
        Assert.Equal([0, 1, 2, 3], second.Assigned);
        var committed = await second.FetchOffsetAsync(topic, 1);
        Assert.Equal((12L, first.Id), (committed.CommittedOffset, committed.Metadata));
        Assert.Equal(ErrorCode.UnknownMemberId, await first.CommitAsync(topic, 1, 13));
    }

    [Fact]
    [Drives(ApiKey.JoinGroup, ApiKey.SyncGroup, ApiKey.Heartbeat, ApiKey.LeaveGroup, ApiKey.OffsetCommit, ApiKey.DescribeGroups)]
    public async Task A_static_leader_that_starts_again_disturbs_nobody_and_is_taken_out_by_its_instance()
    {
        string group = broker.NewName("newest");
        using var leader = await NewestMember.ConnectAsync(broker.Bootstrap, group, "one");
        using var follower = await NewestMember.ConnectAsync(broker.Bootstrap, group, "two");
        var topic = (await NewestTopic.CreateAsync(leader.Client, broker.NewName("newest"), Partitions)).Id;
        await leader.JoinAsync(Partitions);
        var joining = follower.JoinAsync(Partitions);
        await leader.AwaitRebalanceAsync();
        await Task.WhenAll(joining, leader.JoinAsync(Partitions));
        int partition = leader.Assigned[0];
        Assert.Equal(ErrorCode.None, await leader.CommitAsync(topic, partition, 7));

        using var again = await NewestMember.ConnectAsync(broker.Bootstrap, group, "one");
        await again.JoinAsync(Partitions);
        Assert.Equal((true, leader.Generation), (again.HasSkippedAssignment, again.Generation));
        Assert.Equal(leader.Assigned, again.Assigned);
        Assert.Equal(ErrorCode.None, await follower.HeartbeatAsync());
        // The former process of the instance is fenced, whatever it asks.
        Assert.Equal(ErrorCode.FencedInstanceId, await leader.HeartbeatAsync());
        Assert.Equal(ErrorCode.FencedInstanceId, await leader.CommitAsync(topic, partition, 8));
        Assert.Equal(7, await again.PositionAsync(topic, partition));
        Assert.Equal(
            [(again.Id, "one"), (follower.Id, "two")],
            (await DescribeAsync(follower.Client, group)).Members.Select(member => (member.MemberId, member.GroupInstanceId)).OrderBy(member => member.GroupInstanceId));

        LeaveGroupRequest.MemberIdentity[] gone = [new() { GroupInstanceId = "one", Reason = "its host is gone" }, new() { GroupInstanceId = "three" }];
        Assert.Equal([ErrorCode.None, ErrorCode.UnknownMemberId], await follower.RemoveAsync(gone));
        await follower.AwaitRebalanceAsync();
        await follower.JoinAsync(Partitions);
        Assert.Equal([0, 1, 2, 3], follower.Assigned);
        Assert.Equal(ErrorCode.UnknownMemberId, await again.HeartbeatAsync());
    }

    [Fact]
    [Drives(ApiKey.FindCoordinator, ApiKey.ListGroups, ApiKey.DescribeGroups, ApiKey.DeleteGroups)]
    public async Task An_admin_finds_describes_and_deletes_a_group()
    {
        string group = broker.NewName("newest");
        using var member = await NewestMember.ConnectAsync(broker.Bootstrap, group);
        var client = member.Client;
        await member.JoinAsync(Partitions);

        var found = await client.AskAsync<FindCoordinatorRequest, FindCoordinatorResponse>(new() { KeyType = 0, CoordinatorKeys = [group, "another"] });
        Assert.Equal([group, "another"], found.Coordinators.Select(coordinator => coordinator.Key));
        Assert.Equal(broker.Bootstrap, $"{found.Coordinators[0].Host}:{found.Coordinators[0].Port}");
        var listed = await client.AskAsync<ListGroupsRequest, ListGroupsResponse>(new() { StatesFilter = ["stable"], TypesFilter = ["classic"] });
        Assert.Contains(listed.Groups, listing => (listing.GroupId, listing.GroupState, listing.GroupType) == (group, "Stable", "classic"));
        Assert.Equal("Stable", (await DescribeAsync(client, group)).GroupState);
        var missing = await DescribeAsync(client, "missing");
        Assert.Equal(ErrorCode.GroupIdNotFound, missing.ErrorCode);
        Assert.NotNull(missing.ErrorMessage);

        var refused = await DeleteAsync();
        Assert.Equal(ErrorCode.NonEmptyGroup, refused.ErrorCode);
        await member.LeaveAsync();
        Assert.Equal(ErrorCode.None, (await DeleteAsync()).ErrorCode);
        Assert.Equal(ErrorCode.GroupIdNotFound, (await DeleteAsync()).ErrorCode);

        async Task<DeleteGroupsResponse.DeletableGroupResult> DeleteAsync() =>
            (await client.AskAsync<DeleteGroupsRequest, DeleteGroupsResponse>(new() { GroupsNames = [group] })).Results[0];
    }

    [Fact]
    [Drives(ApiKey.OffsetDelete)]
    public async Task Offsets_of_a_topic_are_deleted_when_nobody_reads_it_any_more()
    {
        string group = broker.NewName("newest");
        using var member = await NewestMember.ConnectAsync(broker.Bootstrap, group);
        var topic = await NewestTopic.CreateAsync(member.Client, broker.NewName("newest"), Partitions);
        await member.JoinAsync(Partitions);
        foreach (int partition in member.Assigned) Assert.Equal(ErrorCode.None, await member.CommitAsync(topic.Id, partition, 11));
        await member.LeaveAsync();

        var deleted = await member.Client.AskAsync<OffsetDeleteRequest, OffsetDeleteResponse>(
            new() { GroupId = group, Topics = [new() { Name = topic.Name, Partitions = [new() { PartitionIndex = 0 }, new() { PartitionIndex = 2 }] }] });
        Assert.Equal([ErrorCode.None, ErrorCode.None], deleted.Topics[0].Partitions.Select(partition => partition.ErrorCode));
        var left = new List<long>();
        for (int partition = 0; partition < Partitions; partition++) left.Add((await member.FetchOffsetAsync(topic.Id, partition)).CommittedOffset);
        Assert.Equal([-1, 11, -1, 11], left);
    }

    private static async Task<DescribeGroupsResponse.DescribedGroup> DescribeAsync(NewestClient client, string group) =>
        (await client.AskAsync<DescribeGroupsRequest, DescribeGroupsResponse>(new() { Groups = [group] })).Groups[0];
}
