using Moldau.Conformance.Clients;
using Moldau.Protocol;
using Moldau.Protocol.Messages;
using Described = Moldau.Protocol.Messages.ConsumerGroupDescribeResponse;

namespace Moldau.Conformance.NewestVersions;

/// <summary>Consumer groups (KIP-848) in the versions that no real client sends: offsets by topic id and member epoch, and the description.</summary>
public sealed class NewestConsumerTests(ClientBroker broker)
{
    private const int Partitions = 4, Records = 200, RecordsOfRead = 7;
    private const sbyte OfConsumerProtocol = 1;

    [Fact]
    [Drives(
        ApiKey.ConsumerGroupHeartbeat, ApiKey.ConsumerGroupDescribe, ApiKey.OffsetCommit, ApiKey.OffsetFetch, ApiKey.Produce, ApiKey.Fetch, ApiKey.ListOffsets)]
    public async Task Two_members_read_each_record_once_and_commit_up_to_the_end()
    {
        using var admin = await NewestClient.ConnectAsync(broker.Bootstrap);
        var (group, topic) = await FilledAsync(admin);
        using var first = await NewestConsumer.ConnectAsync(broker.Bootstrap, group, topic);
        using var second = await NewestConsumer.ConnectAsync(broker.Bootstrap, group, topic, pattern: topic.Name);
        await NewestConsumer.BalanceAsync(first);
        var read = await first.ReadOnAsync(RecordsOfRead);
        int former = first.Epoch;
        await NewestConsumer.BalanceAsync(first, second);
        Assert.Equal([0, 1, 2, 3], first.Assigned.Concat(second.Assigned).Order());
        await AssertDescribedAsync(admin, group, "Stable", first, second);
        await AssertFencedByEpochAsync(first, former, topic.Id, kept: first.Assigned[0], given: second.Assigned[0]);

        foreach (var rest in await Task.WhenAll(first.ReadAllAsync(RecordsOfRead), second.ReadAllAsync(RecordsOfRead))) read.AddRange(rest);
        Assert.Equal(Enumerable.Range(0, Records), read.Order());
        long[] ends = await topic.EndsAsync(admin);
        Assert.Equal(Records, ends.Sum());

        await second.LeaveAsync();
        await NewestConsumer.BalanceAsync(first);
        Assert.Empty(await first.ReadAllAsync(RecordsOfRead));
        foreach (int partition in first.Assigned) Assert.Equal(ends[partition], await first.PositionAsync(topic.Id, partition));
        Assert.Equal(ErrorCode.UnknownMemberId, await second.CommitAsync(topic.Id, 0, 0));
        await first.LeaveAsync();
        await AssertDescribedAsync(admin, group, "Empty");
    }

    [Fact]
    [Drives(ApiKey.ConsumerGroupHeartbeat, ApiKey.ConsumerGroupDescribe, ApiKey.OffsetCommit, ApiKey.OffsetFetch)]
    public async Task A_static_member_that_is_away_keeps_its_partitions_and_its_next_process_reads_the_rest()
    {
        using var admin = await NewestClient.ConnectAsync(broker.Bootstrap);
        var (group, topic) = await FilledAsync(admin);
        using var process = await NewestConsumer.ConnectAsync(broker.Bootstrap, group, topic, instance: "one");
        using var next = await NewestConsumer.ConnectAsync(broker.Bootstrap, group, topic, instance: "one");
        await NewestConsumer.BalanceAsync(process);
        var read = await process.ReadOnAsync(RecordsOfRead);
        Assert.Equal(ErrorCode.UnreleasedInstanceId, await next.HeartbeatAsync());

        await process.GoAwayAsync();
        var away = Assert.Single((await DescribeAsync(admin, group)).Members);
        Assert.Equal((process.Id, "one", -2), (away.MemberId, away.InstanceId, away.MemberEpoch));
        Assert.Equal([0, 1, 2, 3], Assert.Single(away.Assignment.TopicPartitions).Partitions);

        // It goes on in the same epoch of the group, so that nobody else has anything to change.
        Assert.Equal(ErrorCode.None, await next.HeartbeatAsync());
        Assert.Equal(process.Epoch, next.Epoch);
        Assert.Equal(process.Assigned, next.Assigned);
        Assert.Equal(ErrorCode.FencedInstanceId, await process.HeartbeatAsync());
        Assert.Equal(ErrorCode.UnknownMemberId, await process.CommitAsync(topic.Id, 0, 0));
        read.AddRange(await next.ReadAllAsync(RecordsOfRead));
        Assert.Equal(Enumerable.Range(0, Records), read.Order());

        await next.LeaveAsync();
        await AssertDescribedAsync(admin, group, "Empty");
    }

    /// <summary>KIP-1251: with the epoch before, a member may still commit what it has had all along, and nothing else.</summary>
    private static async Task AssertFencedByEpochAsync(NewestConsumer member, int former, Guid topic, int kept, int given)
    {
        var late = member.Committer with { GenerationOrEpoch = former };
        Assert.Equal(ErrorCode.None, await member.CommitAsync(late, topic, kept, await member.PositionAsync(topic, kept)));
        Assert.Equal(ErrorCode.StaleMemberEpoch, await member.CommitAsync(late, topic, given, 0));
        Assert.Equal(ErrorCode.StaleMemberEpoch, (await member.FetchOffsetsAsync(topic, kept, former)).Error);
        Assert.Equal(ErrorCode.UnknownTopicId, await member.CommitAsync(Guid.NewGuid(), kept, 0));
    }

    private static async Task AssertDescribedAsync(NewestClient admin, string group, string state, params NewestConsumer[] members)
    {
        var described = await DescribeAsync(admin, group);
        Assert.Equal((ErrorCode.None, state, "uniform"), (described.ErrorCode, described.GroupState, described.AssignorName));
        Assert.Equal(members.Select(member => member.Id).Order(), described.Members.Select(member => member.MemberId).Order());
        foreach (var member in members)
        {
            var shown = described.Members.Single(shown => shown.MemberId == member.Id);
            Assert.Equal((OfConsumerProtocol, member.Epoch, member.Pattern ?? ""), (shown.MemberType, shown.MemberEpoch, shown.SubscribedTopicRegex));
            foreach (var assignment in new[] { shown.Assignment, shown.TargetAssignment })
                Assert.Equal(member.Assigned, Assert.Single(assignment.TopicPartitions).Partitions);
        }
    }

    private static async Task<Described.DescribedGroup> DescribeAsync(NewestClient admin, string group) =>
        (await admin.AskAsync<ConsumerGroupDescribeRequest, Described>(new() { GroupIds = [group] })).Groups[0];

    private async Task<(string Group, NewestTopic Topic)> FilledAsync(NewestClient admin)
    {
        string group = broker.NewName("newest");
        var topic = await NewestTopic.CreateAsync(admin, broker.NewName("newest"), Partitions);
        await topic.FillAsync(admin, Records);
        await admin.ConfigureGroupAsync(group, ("consumer.assignment.interval.ms", "0"));
        return (group, topic);
    }
}
