using Moldau.Conformance.Clients;
using Moldau.Protocol;
using Moldau.Protocol.Messages;

namespace Moldau.Conformance.NewestVersions;

/// <summary>A classic group in the versions that no real client sends: topic ids in commits, and what was added to the admin's calls.</summary>
public sealed class NewestGroupTests(ClientBroker broker)
{
    private const int Partitions = 4;

    [Fact]
    public async Task The_versions_are_the_newest_there_are()
    {
        using var client = await NewestClient.ConnectAsync(broker.Bootstrap);
        (ApiKey Key, int Version)[] newest =
        [
            (ApiKey.OffsetCommit, 10), (ApiKey.OffsetFetch, 10), (ApiKey.FindCoordinator, 6), (ApiKey.JoinGroup, 9), (ApiKey.SyncGroup, 5),
            (ApiKey.Heartbeat, 4), (ApiKey.LeaveGroup, 5), (ApiKey.DescribeGroups, 6), (ApiKey.ListGroups, 5), (ApiKey.DeleteGroups, 3),
            (ApiKey.Produce, 13), (ApiKey.Fetch, 18), (ApiKey.AddPartitionsToTxn, 5), (ApiKey.EndTxn, 5), (ApiKey.TxnOffsetCommit, 6),
        ];
        Assert.Equal(newest, newest.Select(api => (api.Key, (int)client.VersionOf(api.Key))));
    }

    [Fact]
    public async Task Members_that_come_and_go_hand_the_partitions_over_with_their_offsets()
    {
        string group = broker.NewName("newest");
        using var first = await NewestMember.ConnectAsync(broker.Bootstrap, group);
        using var second = await NewestMember.ConnectAsync(broker.Bootstrap, group);
        var topic = await first.Client.CreateTopicAsync(broker.NewName("newest"), Partitions);

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
        var described = await client.AskAsync<DescribeGroupsRequest, DescribeGroupsResponse>(new() { Groups = [group, "missing"] });
        Assert.Equal(("Stable", ErrorCode.GroupIdNotFound), (described.Groups[0].GroupState, described.Groups[1].ErrorCode));
        Assert.NotNull(described.Groups[1].ErrorMessage);

        var refused = await DeleteAsync();
        Assert.Equal(ErrorCode.NonEmptyGroup, refused.ErrorCode);
        await member.LeaveAsync();
        Assert.Equal(ErrorCode.None, (await DeleteAsync()).ErrorCode);
        Assert.Equal(ErrorCode.GroupIdNotFound, (await DeleteAsync()).ErrorCode);

        async Task<DeleteGroupsResponse.DeletableGroupResult> DeleteAsync() =>
            (await client.AskAsync<DeleteGroupsRequest, DeleteGroupsResponse>(new() { GroupsNames = [group] })).Results[0];
    }
}
