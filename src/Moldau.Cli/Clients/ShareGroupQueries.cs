using Confluent.Kafka;
using Moldau.Protocol.Messages;
using Described = Moldau.Protocol.Messages.ShareGroupDescribeResponse;
using Starts = Moldau.Protocol.Messages.DescribeShareGroupOffsetsResponse;

namespace Moldau.Cli.Clients;

/// <summary>Asks the coordinator about a share group, and lets the group begin elsewhere.</summary>
internal sealed class ShareGroupQueries(Cluster cluster, GroupCoordinator coordinator)
{
    private const short DescribeVersion = 1, StartsVersion = 1, AlterVersion = 0;

    /// <summary>Null where there is none.</summary>
    public async Task<GroupView?> FindAsync(string name)
    {
        var request = new ShareGroupDescribeRequest { GroupIds = [name] };
        var answer = await coordinator.AskAsync<ShareGroupDescribeRequest, Described>(request, DescribeVersion).ConfigureAwait(false);
        var group = answer.Groups[0];
        if (group.ErrorCode == Protocol.ErrorCode.GroupIdNotFound)
        {
            return null;
        }

        coordinator.ThrowOnError(group.ErrorCode, group.ErrorMessage);
        return ViewOf(group);
    }

    /// <summary>The group with where it is in every partition of the topics that it has begun with, or whose members are subscribed to.</summary>
    public async Task<ShareGroupView> WithStartsAsync(ShareGroupView group)
    {
        var starts = await StartsAsync(group.Name).ConfigureAwait(false);
        var held = group.Members.SelectMany(member => member.Assigned.Select(partition => (partition, member))).ToLookup(p => p.partition, p => p.member);
        TopicPartition[] all = [.. cluster.WithSiblings([.. starts.Keys.Union(held.Select(p => p.Key))], group.Topics)];
        var reaches = await LogOffsets.ReachesAsync(cluster, all).ConfigureAwait(false);
        return group with { Starts = [.. reaches.Select(reach => PositionOf(reach, starts.GetValueOrDefault(reach.Partition), [.. held[reach.Partition]]))] };
    }

    /// <summary>Where the group begins in each partition; null where that is not decided. Nowhere if there is no such group.</summary>
    public async Task<Dictionary<TopicPartition, long?>> StartOffsetsAsync(string name) =>
        (await StartsAsync(name).ConfigureAwait(false)).ToDictionary(start => start.Key, start => Known(start.Value.StartOffset));

    /// <summary>Lets a group without members begin at these offsets. One that there is not comes to be by that.</summary>
    /// <returns>The partitions of which that is refused; the others are set.</returns>
    /// <exception cref="CommandFailure">All of it is refused.</exception>
    public async Task<IReadOnlyList<RefusedPartition>> BeginAtAsync(Change change, string name, IEnumerable<TopicPartitionOffset> starts)
    {
        var request = new AlterShareGroupOffsetsRequest
        {
            GroupId = name,
            Topics = [.. starts.GroupBy(start => start.Topic).Select(topic => new AlterShareGroupOffsetsRequest.AlterShareGroupOffsetsRequestTopic
            {
                TopicName = topic.Key,
                Partitions = [.. topic.Select(start => new AlterShareGroupOffsetsRequest.AlterShareGroupOffsetsRequestPartition
                {
                    PartitionIndex = start.Partition.Value,
                    StartOffset = start.Offset.Value,
                })],
            })],
        };
        var answer = await coordinator.ChangeAsync<AlterShareGroupOffsetsRequest, AlterShareGroupOffsetsResponse>(change, request, AlterVersion).ConfigureAwait(false);
        if (answer.ErrorCode == Protocol.ErrorCode.NonEmptyGroup)
        {
            throw new CommandFailure($"The group {name} has got a member meanwhile, and cannot be reset.", "Stop its consumers first.");
        }

        coordinator.ThrowOnError(answer.ErrorCode, answer.ErrorMessage);
        var refused =
            from topic in answer.Responses
            from partition in topic.Partitions
            where partition.ErrorCode != Protocol.ErrorCode.None
            select new RefusedPartition(new TopicPartition(topic.TopicName, partition.PartitionIndex), Explanation.ErrorOf(partition.ErrorCode, partition.ErrorMessage));
        return [.. refused];
    }

    private async Task<Dictionary<TopicPartition, Starts.DescribeShareGroupOffsetsResponsePartition>> StartsAsync(string name)
    {
        var request = new DescribeShareGroupOffsetsRequest { Groups = [new() { GroupId = name, Topics = null }] };
        var group = await coordinator.WhenStartedAsync(
            async () => (await coordinator.AskAsync<DescribeShareGroupOffsetsRequest, Starts>(request, StartsVersion).ConfigureAwait(false)).Groups[0],
            answer => answer.ErrorCode).ConfigureAwait(false);
        if (group.ErrorCode == Protocol.ErrorCode.GroupIdNotFound)
        {
            return [];
        }

        coordinator.ThrowOnError(group.ErrorCode, group.ErrorMessage);
        var starts =
            from topic in @group.Topics
            from partition in topic.Partitions
            select KeyValuePair.Create(new TopicPartition(topic.TopicName, partition.PartitionIndex), partition);
        return new(starts);
    }

    private ShareGroupView ViewOf(Described.DescribedGroup group)
    {
        ShareMember[] members = [.. group.Members.Select(MemberOf)];
        var view = new ShareGroupView(group.GroupId)
        {
            Type = ShareGroupView.Kind,
            State = group.GroupState,
            Assignor = group.AssignorName,
            Coordinator = coordinator.Address,
            CoordinatorId = coordinator.BrokerId,
            Epoch = group.GroupEpoch,
            AssignmentEpoch = group.AssignmentEpoch,
            Members = members,
            ShareMembers = members,
        };
        return view with { MissingTopics = [.. view.SubscribedTopics.Where(topic => cluster.Partitions(topic) == 0)] };
    }

    private static ShareMember MemberOf(Described.Member member)
    {
        TopicPartition[] assigned =
        [
            .. from topic in member.Assignment.TopicPartitions
               from partition in topic.Partitions
               select new TopicPartition(topic.TopicName, partition),
        ];
        return new ShareMember(member.MemberId, member.ClientId, member.ClientHost)
        {
            Epoch = member.MemberEpoch,
            Topics = member.SubscribedTopicNames,
            Assigned = assigned,
            Target = assigned,
        };
    }

    private static SharePosition PositionOf(GroupPosition reach, Starts.DescribeShareGroupOffsetsResponsePartition? start, GroupMember[] holders) =>
        new(reach.Partition)
        {
            First = reach.First,
            Stable = reach.Stable,
            End = reach.End,
            Committed = start is null ? null : Known(start.StartOffset),
            Undone = start is null ? null : Known(start.Lag),
            Failure = start is null or { ErrorCode: Protocol.ErrorCode.None } ? null : start.ErrorMessage ?? $"{start.ErrorCode}",
            Holders = holders,
        };

    private static long? Known(long offset) => offset >= 0 ? offset : null;
}
