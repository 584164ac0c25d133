using Moldau.Conformance.Clients;
using Moldau.Coordination.SharePartitions;
using Moldau.Protocol;
using Moldau.Protocol.Messages;

namespace Moldau.Conformance.NewestVersions;

/// <summary>Share groups (KIP-932) in the versions that no real client sends: how much is acquired, renewal, and all that can be said of a record.</summary>
public sealed class NewestShareTests(ClientBroker broker)
{
    private const int Records = 120, RecordsOfFetch = 7;

    [Fact]
    [Drives(ApiKey.ShareGroupHeartbeat, ApiKey.ShareFetch, ApiKey.ShareAcknowledge, ApiKey.ShareGroupDescribe, ApiKey.DescribeShareGroupOffsets)]
    public async Task Members_with_partitions_of_their_own_get_each_record_once()
    {
        using var admin = await NewestClient.ConnectAsync(broker.Bootstrap);
        var group = await ShareGroup.FillAsync(admin, broker, partitions: 2, Records);
        using var first = await group.ConnectAsync();
        using var second = await group.ConnectAsync();
        await NewestShareMember.ShareOutAsync(2, first);
        await NewestShareMember.ShareOutAsync(1, first, second);
        Assert.Equal([0, 1], first.Assigned.Concat(second.Assigned).Order());
        await group.AssertDescribedAsync("Stable", first, second);

        var accepted = await Task.WhenAll(first.AcceptAllAsync(RecordsOfFetch), second.AcceptAllAsync(RecordsOfFetch));
        AssertEachOnce(accepted);
        Assert.All(accepted.Zip([first, second]), pair => Assert.All(pair.First, record => Assert.Contains(record.Partition, pair.Second.Assigned)));
        Assert.Equal([0, 0], await group.LagsAsync());

        await first.LeaveAsync();
        await second.LeaveAsync();
        await group.AssertDescribedAsync("Empty");
        Assert.Equal([0, 0], await group.LagsAsync());
    }

    [Fact]
    [Drives(ApiKey.ShareGroupHeartbeat, ApiKey.ShareFetch, ApiKey.DescribeShareGroupOffsets)]
    public async Task Members_of_one_partition_get_each_record_once()
    {
        using var admin = await NewestClient.ConnectAsync(broker.Bootstrap);
        var group = await ShareGroup.FillAsync(admin, broker, partitions: 1, Records);
        using var first = await group.ConnectAsync();
        using var second = await group.ConnectAsync();
        await NewestShareMember.ShareOutAsync(1, first, second);

        // Both are in the middle of it before either goes on.
        var held = await first.FetchAsync(RecordsOfFetch);
        Assert.Equal(Enumerable.Range(0, RecordsOfFetch), held.Select(record => record.Number));
        first.Say(AcknowledgeType.Accept, 0, held.Select(record => record.Offset));
        AssertEachOnce([[.. held], .. await Task.WhenAll(first.AcceptAllAsync(RecordsOfFetch), second.AcceptAllAsync(RecordsOfFetch))]);
        Assert.Equal([0], await group.LagsAsync());
    }

    [Fact]
    [Drives(ApiKey.ShareFetch)]
    public async Task A_fetch_gets_whole_batches_or_never_more_than_it_asked_for()
    {
        using var admin = await NewestClient.ConnectAsync(broker.Bootstrap);
        var strict = await ShareGroup.FillAsync(admin, broker, partitions: 1, records: 10);
        var optimized = await ShareGroup.OfAsync(admin, broker, strict.Topic);
        using var member = await strict.ConnectAsync();
        using var other = await optimized.ConnectAsync();
        await NewestShareMember.ShareOutAsync(1, member);
        await NewestShareMember.ShareOutAsync(1, other);

        Assert.Equal([0, 1, 2], (await member.FetchAsync(recordsMax: 3, ShareAcquireMode.RecordLimit)).Select(record => record.Number));
        Assert.Equal([3, 4, 5], (await member.FetchAsync(recordsMax: 3, ShareAcquireMode.RecordLimit)).Select(record => record.Number));
        Assert.Equal(Enumerable.Range(0, 10), (await other.FetchAsync(recordsMax: 3, ShareAcquireMode.BatchOptimized)).Select(record => record.Number));
    }

    [Fact]
    [Drives(ApiKey.ShareFetch, ApiKey.ShareAcknowledge, ApiKey.DescribeShareGroupOffsets)]
    public async Task Each_acknowledgement_does_with_its_record_what_it_says()
    {
        using var admin = await NewestClient.ConnectAsync(broker.Bootstrap);
        var group = await ShareGroup.FillAsync(admin, broker, partitions: 1, records: 10);
        using var first = await group.ConnectAsync();
        using var second = await group.ConnectAsync();
        await NewestShareMember.ShareOutAsync(1, first, second);
        Assert.Equal(Enumerable.Range(0, 10), (await first.FetchAsync()).Select(record => record.Number));

        first.Say(AcknowledgeType.Accept, 0, 0);
        first.Say(AcknowledgeType.Release, 0, 1);
        first.Say(AcknowledgeType.Reject, 0, 2);
        first.Say(AcknowledgeType.Gap, 0, 3);
        first.Say(AcknowledgeType.Renew, 0, 4, 5, 6, 7, 8, 9);
        Assert.Equal(ErrorCode.None, await first.AcknowledgeAsync());
        Assert.Equal([7], await group.LagsAsync());
        Assert.Equal([new AcquiredRecord(0, 1, 1, DeliveryCount: 2)], await second.FetchAsync());
        second.Say(AcknowledgeType.Accept, 0, 5);
        Assert.Equal(ErrorCode.InvalidRecordState, await second.AcknowledgeAsync());

        // A fetch may renew too, and then brings nothing.
        first.Say(AcknowledgeType.Renew, 0, 4, 5, 6, 7, 8, 9);
        Assert.Empty(await first.FetchAsync());
        Assert.Empty(await second.FetchAsync());
        first.Say(AcknowledgeType.Accept, 0, 4, 5, 6, 7, 8);
        first.Say(AcknowledgeType.Release, 0, 9);
        Assert.Equal(ErrorCode.None, await first.AcknowledgeAsync());
        second.Say(AcknowledgeType.Accept, 0, 1);
        Assert.Equal([new AcquiredRecord(0, 9, 9, DeliveryCount: 2)], await second.FetchAsync());
        second.Say(AcknowledgeType.Accept, 0, 9);
        Assert.Equal(ErrorCode.None, await second.AcknowledgeAsync());
        Assert.Equal([0], await group.LagsAsync());
    }

    [Fact]
    [Drives(ApiKey.ShareFetch, ApiKey.ShareAcknowledge)]
    public async Task A_session_counts_its_requests_and_gives_back_at_its_end_what_is_not_acknowledged()
    {
        using var admin = await NewestClient.ConnectAsync(broker.Bootstrap);
        var group = await ShareGroup.FillAsync(admin, broker, partitions: 2, records: 20);
        using var member = await group.ConnectAsync();
        await NewestShareMember.ShareOutAsync(2, member);
        Assert.Equal(ErrorCode.InvalidShareSessionEpoch, await member.AcknowledgeAsync());
        member.SessionEpoch = 5;
        Assert.Equal((ErrorCode.ShareSessionNotFound, ErrorCode.ShareSessionNotFound), (await member.TryFetchAsync(), await member.AcknowledgeAsync()));

        member.SessionEpoch = 0;
        Assert.Equal(2, (await member.FetchAsync(recordsMax: 2)).Count);
        member.SessionEpoch = 7;
        Assert.Equal((ErrorCode.InvalidShareSessionEpoch, ErrorCode.InvalidShareSessionEpoch), (await member.TryFetchAsync(), await member.AcknowledgeAsync()));
        member.SessionEpoch = 1;
        member.Choose(1);
        var rest = await member.FetchAsync();
        Assert.Equal([1], rest.Select(record => record.Partition).Distinct());
        Assert.Equal(10, rest.Max(record => record.Offset) + 1);

        member.Say(AcknowledgeType.Accept, 1, rest.Select(record => record.Offset));
        Assert.Equal(ErrorCode.None, await member.EndSessionAsync());
        member.SessionEpoch = 3;
        Assert.Equal(ErrorCode.ShareSessionNotFound, await member.TryFetchAsync());
        using var other = await group.ConnectAsync();
        await NewestShareMember.ShareOutAsync(1, other);
        other.Choose(0, 1);
        var again = await other.FetchAsync();
        Assert.Equal(20 - rest.Count, again.Count);
        Assert.Equal(2, again.Count(record => record.DeliveryCount == 2));
    }

    [Fact]
    [Drives(ApiKey.AlterShareGroupOffsets, ApiKey.DeleteShareGroupOffsets, ApiKey.DescribeShareGroupOffsets, ApiKey.ShareFetch)]
    public async Task An_admin_moves_a_group_without_members_and_lets_it_begin_anew()
    {
        using var admin = await NewestClient.ConnectAsync(broker.Bootstrap);
        var group = await ShareGroup.FillAsync(admin, broker, partitions: 1, records: 20);
        using (var first = await group.ConnectAsync())
        {
            await NewestShareMember.ShareOutAsync(1, first);
            Assert.Equal(20, (await first.AcceptAllAsync(RecordsOfFetch)).Count);
            Assert.Equal((ErrorCode.NonEmptyGroup, ErrorCode.NonEmptyGroup), (await group.MoveAsync(15), await group.DeleteOffsetsAsync()));
            await first.LeaveAsync();
        }
        Assert.Equal(ErrorCode.None, await group.MoveAsync(15));
        Assert.Equal([(15, 5)], await group.StartsAsync());
        using (var second = await group.ConnectAsync())
        {
            await NewestShareMember.ShareOutAsync(1, second);
            Assert.Equal(Enumerable.Range(15, 5), (await second.AcceptAllAsync(RecordsOfFetch)).Select(record => record.Number));
            await second.LeaveAsync();
        }
        Assert.Equal([0], await group.LagsAsync());

        Assert.Equal(ErrorCode.None, await group.DeleteOffsetsAsync());
        Assert.Equal([(-1, -1)], await group.StartsAsync());
        using var third = await group.ConnectAsync();
        await NewestShareMember.ShareOutAsync(1, third);
        Assert.Equal(Enumerable.Range(0, 20), (await third.AcceptAllAsync(RecordsOfFetch)).Select(record => record.Number));
    }

    private static void AssertEachOnce(IEnumerable<List<AcquiredRecord>> ofMembers)
    {
        var all = ofMembers.SelectMany(records => records).ToList();
        Assert.Equal(Enumerable.Range(0, Records), all.Select(record => record.Number).Order());
        Assert.All(all, record => Assert.Equal(1, record.DeliveryCount));
    }
}
