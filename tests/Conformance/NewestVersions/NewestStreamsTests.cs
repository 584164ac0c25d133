using Moldau.Conformance.Clients;
using Moldau.Coordination.Groups.Streams;
using Moldau.Protocol;
using Moldau.Protocol.Messages;
using Described = Moldau.Protocol.Messages.StreamsGroupDescribeResponse;

namespace Moldau.Conformance.NewestVersions;

/// <summary>Streams groups (KIP-1071), which no real client of these tests speaks.</summary>
public sealed class NewestStreamsTests(ClientBroker broker)
{
    private const int Partitions = 4, Records = 240;
    private const short OlderVersion = 0;

    private static short NewestVersion => NewestClient.VersionOf(ApiKey.StreamsGroupHeartbeat);

    [Fact]
    [Drives(
        ApiKey.StreamsGroupHeartbeat, ApiKey.StreamsGroupDescribe, ApiKey.DescribeTopicPartitions, ApiKey.TxnOffsetCommit, ApiKey.OffsetFetch)]
    public async Task An_application_does_every_record_once_while_its_processes_come_and_go()
    {
        using var admin = await NewestClient.ConnectAsync(broker.Bootstrap);
        var application = await FilledAsync(admin);
        using var first = await NewestStreamsMember.StartAsync(broker.Bootstrap, application, NewestVersion);
        Assert.Equal(ErrorCode.None, await first.HeartbeatAsync());
        Assert.Equal([StreamsStatus.MissingInternalTopics], first.Status);
        await NewestStreamsMember.SettleAsync(application, first);
        Assert.Equal((application.Tasks, 0), (first.Active.Count, first.Standby.Count));
        Assert.Equal((StreamsApplication.Remainders, StreamsApplication.Remainders), (application.Repartition.Partitions, application.Changelog.Partitions));
        await first.WorkUntilAsync(kept: Records / 4);

        // A second process comes, then the first goes.
        using var second = await NewestStreamsMember.StartAsync(broker.Bootstrap, application, OlderVersion);
        await NewestStreamsMember.SettleAsync(application, first, second);
        AssertSharedOut(application, first, second);
        await AssertDescribedAsync(application, "Stable", first, second);
        await Task.WhenAll(first.WorkUntilAsync(kept: Records / 2), second.WorkUntilAsync(kept: Records / 2));
        await first.LeaveAsync();
        await NewestStreamsMember.SettleAsync(application, second);
        Assert.Equal((application.Tasks, 0), (second.Active.Count, second.Standby.Count));
        await second.WorkUntilAsync(kept: Records);
        await AssertDoneAsync(admin, application, second);

        await second.LeaveAsync();
        await AssertDescribedAsync(application, "Empty");
    }

    [Fact]
    [Drives(ApiKey.StreamsGroupHeartbeat, ApiKey.StreamsGroupDescribe, ApiKey.OffsetCommit, ApiKey.DescribeConfigs)]
    public async Task Processes_know_of_each_other_and_the_group_of_their_state()
    {
        using var admin = await NewestClient.ConnectAsync(broker.Bootstrap);
        var application = await FilledAsync(admin);
        using var first = await NewestStreamsMember.StartAsync(broker.Bootstrap, application, NewestVersion);
        await NewestStreamsMember.SettleAsync(application, first);
        int former = first.Epoch;
        using var second = await NewestStreamsMember.StartAsync(broker.Bootstrap, application, NewestVersion);
        await NewestStreamsMember.SettleAsync(application, first, second);

        foreach (var member in new[] { first, second, first })
        {
            Assert.Equal(ErrorCode.None, await member.HeartbeatAsync());
            Assert.Equal(new[] { first.Host, second.Host }.Order(), member.SourcePartitions.Keys.Order());
            foreach (var one in new[] { first, second }) Assert.Equal(SourcePartitionsOf(one), member.SourcePartitions[one.Host]);
        }
        var kept = second.Active.First(task => task.Subtopology == StreamsApplication.Keeping);
        await second.TellOffsetsAsync(kept, restored: 5, end: 9);
        var described = (await application.DescribeAsync()).Members.Single(member => member.MemberId == second.Id);
        Assert.Equal((kept.Partition, 5), (Assert.Single(described.TaskOffsets).Partition, Assert.Single(described.TaskOffsets).Offset));
        Assert.Equal((kept.Partition, 9), (Assert.Single(described.TaskEndOffsets).Partition, Assert.Single(described.TaskEndOffsets).Offset));
        Assert.Equal("compact", await CleanupPolicyAsync(admin, application.Changelog.Name));

        // Outside of transactions offsets are fenced by the epoch as well, but for what a member has had all along.
        var late = first.Committer with { GenerationOrEpoch = former };
        Assert.Equal(ErrorCode.None, await first.CommitAsync(late, application.Source.Id, SourcePartitionsOf(first)[0], 1));
        Assert.Equal(ErrorCode.StaleMemberEpoch, await first.CommitAsync(late, application.Source.Id, SourcePartitionsOf(second)[0], 1));
        Assert.Equal(ErrorCode.None, await second.CommitAsync(application.Source.Id, SourcePartitionsOf(second)[0], 1));
    }

    [Fact]
    [Drives(ApiKey.StreamsGroupTopologyDescriptionUpdate)]
    public async Task A_description_of_the_topology_is_not_kept()
    {
        using var client = await NewestClient.ConnectAsync(broker.Bootstrap);
        var answer = await client.AskAsync<StreamsGroupTopologyDescriptionUpdateRequest, StreamsGroupTopologyDescriptionUpdateResponse>(
            new() { GroupId = broker.NewName("newest"), MemberId = "m", TopologyDescription = new() });
        Assert.Equal(ErrorCode.UnsupportedVersion, answer.ErrorCode);
        Assert.NotNull(answer.ErrorMessage);
    }

    /// <summary>Each task is active once, about evenly, and the state of each task that has any is kept ready in the other process.</summary>
    private static void AssertSharedOut(StreamsApplication application, NewestStreamsMember first, NewestStreamsMember second)
    {
        Assert.Equal(application.Tasks, first.Active.Union(second.Active).Count());
        Assert.Equal(application.Tasks, first.Active.Count + second.Active.Count);
        Assert.InRange(first.Active.Count - second.Active.Count, -1, 1);
        foreach (var (one, other) in new[] { (first, second), (second, first) })
            Assert.Equal(one.Active.Where(task => task.Subtopology == StreamsApplication.Keeping), other.Standby);
    }

    private static async Task AssertDescribedAsync(StreamsApplication application, string state, params NewestStreamsMember[] members)
    {
        var described = await application.DescribeAsync();
        Assert.Equal((state, "sticky", 2), (described.GroupState, described.AssignorName, described.Topology!.Subtopologies!.Count));
        Assert.Equal(members.Select(member => member.Id).Order(), described.Members.Select(member => member.MemberId).Order());
        foreach (var member in members)
        {
            var shown = described.Members.Single(shown => shown.MemberId == member.Id);
            Assert.Equal((member.Epoch, member.Id, member.Host), (shown.MemberEpoch, shown.ProcessId, shown.UserEndpoint!.Host));
            foreach (var assignment in new[] { shown.Assignment, shown.TargetAssignment })
            {
                Assert.Equal(member.Active, TasksOf(assignment.ActiveTasks));
                Assert.Equal(member.Standby, TasksOf(assignment.StandbyTasks));
                Assert.Empty(assignment.WarmupTasks);
            }
        }
    }

    private static IEnumerable<StreamsTask> TasksOf(List<Described.TaskIds> lists) =>
        lists.SelectMany(list => list.Partitions.Select(partition => new StreamsTask(list.SubtopologyId, partition))).Order();

    /// <summary>Each number was kept once, where it belongs, and behind what is committed nothing is left to do.</summary>
    private static async Task AssertDoneAsync(NewestClient admin, StreamsApplication application, NewestStreamsMember member)
    {
        await application.Changelog.AwaitStableAsync(admin);
        for (int partition = 0; partition < StreamsApplication.Remainders; partition++)
        {
            var kept = (await application.Changelog.ReadAllAsync(admin, partition)).Select(record => record.Number).Order();
            Assert.Equal(Enumerable.Range(0, Records).Where(number => number % StreamsApplication.Remainders == partition), kept);
        }
        Assert.Equal(Records, application.Kept);
        foreach (var topic in new[] { application.Source, application.Repartition })
        {
            for (int partition = 0; partition < topic.Partitions; partition++)
                Assert.Empty((await topic.ReadAsync(admin, partition, await member.PositionAsync(topic.Id, partition))).Records);
        }
    }

    private static List<int> SourcePartitionsOf(NewestStreamsMember member) =>
        [.. member.Active.Where(task => task.Subtopology == StreamsApplication.Sorting).Select(task => task.Partition)];

    private static async Task<string?> CleanupPolicyAsync(NewestClient admin, string topic)
    {
        const sbyte TopicResource = 2;
        var described = await admin.AskAsync<DescribeConfigsRequest, DescribeConfigsResponse>(
            new() { Resources = [new() { ResourceType = TopicResource, ResourceName = topic, ConfigurationKeys = ["cleanup.policy"] }] });
        return Assert.Single(described.Results[0].Configs).Value;
    }

    private async Task<StreamsApplication> FilledAsync(NewestClient admin)
    {
        var source = await NewestTopic.CreateAsync(admin, broker.NewName("newest"), Partitions);
        await source.FillAsync(admin, Records);
        return await StreamsApplication.CreateAsync(admin, broker.NewName("newest"), source);
    }
}
