using Moldau.Coordination.Groups.Modern;
using Moldau.Protocol.Messages;
using Current = Moldau.Protocol.Messages.ConsumerGroupCurrentMemberAssignmentValue;

namespace Moldau.Coordination.Groups.Consumer;

/// <summary>
/// What each record makes of a group. Compaction may leave a record without those that came before it, so none needs another.
/// </summary>
internal static class ConsumerGroupReplay
{
    /// <summary>The id of the consumer group that the key is about; null if it is of none.</summary>
    public static string? GroupOf(object? key) => key switch
    {
        ConsumerGroupMetadataKey group => group.GroupId,
        ConsumerGroupPartitionMetadataKey topics => topics.GroupId,
        ConsumerGroupMemberMetadataKey member => member.GroupId,
        ConsumerGroupTargetAssignmentMetadataKey target => target.GroupId,
        ConsumerGroupTargetAssignmentMemberKey target => target.GroupId,
        ConsumerGroupCurrentMemberAssignmentKey current => current.GroupId,
        ConsumerGroupRegularExpressionKey pattern => pattern.GroupId,
        _ => null,
    };

    /// <summary>The tombstone of the group's metadata is not for this: with it the group is gone.</summary>
    public static void Apply(ConsumerGroup group, CoordinatorRecord record)
    {
        switch (record.Key)
        {
            case ConsumerGroupMetadataKey:
                var metadata = (ConsumerGroupMetadataValue)record.Value!;
                (group.Epoch, group.MetadataHash) = (metadata.Epoch, metadata.MetadataHash);
                break;
            case ConsumerGroupPartitionMetadataKey:
                group.HasLegacyMetadata = record.Value is not null;
                break;
            case ConsumerGroupMemberMetadataKey key when record.Value is ConsumerGroupMemberMetadataValue value:
                group.Put(With(MemberOf(group, key.MemberId), value));
                break;
            case ConsumerGroupMemberMetadataKey key:
                group.Remove(key.MemberId);
                break;
            case ConsumerGroupCurrentMemberAssignmentKey key when record.Value is Current value:
                group.Put(With(MemberOf(group, key.MemberId), value));
                break;
            case ConsumerGroupCurrentMemberAssignmentKey key:
                if (group.Member(key.MemberId) is { } left) group.Put(WithNothing(left));
                break;
            case ConsumerGroupTargetAssignmentMetadataKey when record.Value is ConsumerGroupTargetAssignmentMetadataValue value:
                (group.TargetEpoch, group.TargetTimestampMs) = (value.AssignmentEpoch, value.AssignmentTimestamp);
                break;
            case ConsumerGroupTargetAssignmentMemberKey key:
                group.SetTarget(key.MemberId, TargetOf((ConsumerGroupTargetAssignmentMemberValue?)record.Value));
                break;
            case ConsumerGroupRegularExpressionKey key:
                group.SetPattern(key.RegularExpression, PatternOf((ConsumerGroupRegularExpressionValue?)record.Value));
                break;
        }
    }

    private static ConsumerMember MemberOf(ConsumerGroup group, string memberId) => group.Member(memberId) ?? new() { Id = memberId };

    private static ConsumerMember With(ConsumerMember member, ConsumerGroupMemberMetadataValue value) => member with
    {
        InstanceId = value.InstanceId,
        RackId = value.RackId,
        ClientId = value.ClientId,
        ClientHost = value.ClientHost,
        Topics = ConsumerMember.Sorted(value.SubscribedTopicNames),
        Pattern = value.SubscribedTopicRegex ?? "",
        RebalanceTimeoutMs = value.RebalanceTimeoutMs,
        Assignor = value.ServerAssignor,
        Classic = value.ClassicMemberMetadata,
    };

    private static ConsumerMember With(ConsumerMember member, Current value) => member with
    {
        Epoch = value.MemberEpoch,
        PreviousEpoch = value.PreviousMemberEpoch,
        State = (MemberState)value.State,
        Assigned = Flat(value.AssignedPartitions, value.MemberEpoch),
        PendingRevocation = Flat(value.PartitionsPendingRevocation, value.MemberEpoch),
    };

    private static ConsumerMember WithNothing(ConsumerMember member) => member with
    {
        Epoch = MemberEpochs.Leaving,
        PreviousEpoch = MemberEpochs.Leaving,
        State = MemberState.Stable,
        Assigned = ConsumerMember.NoPartitions,
        PendingRevocation = ConsumerMember.NoPartitions,
    };

    /// <summary>Before Kafka 4.4 the epochs in which partitions were assigned were not stored; then the member's counts.</summary>
    private static Dictionary<TopicIdPartition, int> Flat(List<Current.TopicPartitions> topics, int memberEpoch)
    {
        var partitions = new Dictionary<TopicIdPartition, int>();
        foreach (var topic in topics)
        {
            for (int at = 0; at < topic.Partitions.Count; at++)
            {
                bool hasEpoch = topic.AssignmentEpochs is { } epochs && at < epochs.Count;
                partitions[new TopicIdPartition(topic.TopicId, topic.Partitions[at])] = hasEpoch ? topic.AssignmentEpochs![at] : Math.Max(memberEpoch, MemberEpochs.Joining);
            }
        }
        return partitions;
    }

    private static HashSet<TopicIdPartition>? TargetOf(ConsumerGroupTargetAssignmentMemberValue? value) => value is null
        ? null
        : [.. value.TopicPartitions.SelectMany(topic => topic.Partitions.Select(index => new TopicIdPartition(topic.TopicId, index)))];

    private static ResolvedPattern? PatternOf(ConsumerGroupRegularExpressionValue? value) =>
        value is null ? null : new ResolvedPattern(value.Topics.ToHashSet(StringComparer.Ordinal), value.Version, value.Timestamp);
}
