using Moldau.Protocol.Messages;
using Current = Moldau.Protocol.Messages.ConsumerGroupCurrentMemberAssignmentValue;
using MemberMetadata = Moldau.Protocol.Messages.ConsumerGroupMemberMetadataValue;
using Target = Moldau.Protocol.Messages.ConsumerGroupTargetAssignmentMemberValue;

namespace Moldau.Coordination.Groups.Consumer;

/// <summary>The records of <c>__consumer_offsets</c> that consumer groups are made of.</summary>
internal static class ConsumerGroupRecords
{
    /// <summary>All their values have this version.</summary>
    private const short ValueVersion = 0;

    public static CoordinatorRecord Epoch(string group, int epoch, long metadataHash) => Of(
        new ConsumerGroupMetadataKey { GroupId = group },
        new ConsumerGroupMetadataValue { Epoch = epoch, MetadataHash = metadataHash });

    public static CoordinatorRecord TargetEpoch(string group, int epoch, long timestampMs) => Of(
        new ConsumerGroupTargetAssignmentMetadataKey { GroupId = group },
        new ConsumerGroupTargetAssignmentMetadataValue { AssignmentEpoch = epoch, AssignmentTimestamp = timestampMs });

    public static CoordinatorRecord Subscription(string group, ConsumerMember member) => Of(
        new ConsumerGroupMemberMetadataKey { GroupId = group, MemberId = member.Id },
        new MemberMetadata
        {
            InstanceId = member.InstanceId,
            RackId = member.RackId,
            ClientId = member.ClientId,
            ClientHost = member.ClientHost,
            SubscribedTopicNames = [.. member.Topics],
            SubscribedTopicRegex = member.Pattern,
            RebalanceTimeoutMs = member.RebalanceTimeoutMs,
            ServerAssignor = member.Assignor,
            ClassicMemberMetadata = member.Classic,
        });

    public static CoordinatorRecord Assignment(string group, ConsumerMember member) => Of(
        new ConsumerGroupCurrentMemberAssignmentKey { GroupId = group, MemberId = member.Id },
        new Current
        {
            MemberEpoch = member.Epoch,
            PreviousMemberEpoch = member.PreviousEpoch,
            State = (sbyte)member.State,
            AssignedPartitions = ByTopic(member.Assigned),
            PartitionsPendingRevocation = ByTopic(member.PendingRevocation),
        });

    public static CoordinatorRecord TargetOf(string group, string memberId, IReadOnlySet<TopicIdPartition> target)
    {
        var value = new Target();
        foreach (var topic in target.Order().GroupBy(partition => partition.Topic))
            value.TopicPartitions.Add(new() { TopicId = topic.Key, Partitions = [.. topic.Select(partition => partition.Partition)] });
        return Of(new ConsumerGroupTargetAssignmentMemberKey { GroupId = group, MemberId = memberId }, value);
    }

    public static CoordinatorRecord Pattern(string group, string pattern, ResolvedPattern resolved) => Of(
        new ConsumerGroupRegularExpressionKey { GroupId = group, RegularExpression = pattern },
        new ConsumerGroupRegularExpressionValue
        {
            Topics = [.. resolved.Topics.Order(StringComparer.Ordinal)],
            Version = resolved.Version,
            Timestamp = resolved.TimestampMs,
        });

    public static CoordinatorRecord AssignmentGone(string group, string memberId) =>
        CoordinatorRecord.Tombstone(new ConsumerGroupCurrentMemberAssignmentKey { GroupId = group, MemberId = memberId });

    public static CoordinatorRecord TargetGone(string group, string memberId) =>
        CoordinatorRecord.Tombstone(new ConsumerGroupTargetAssignmentMemberKey { GroupId = group, MemberId = memberId });

    public static CoordinatorRecord SubscriptionGone(string group, string memberId) =>
        CoordinatorRecord.Tombstone(new ConsumerGroupMemberMetadataKey { GroupId = group, MemberId = memberId });

    public static CoordinatorRecord PatternGone(string group, string pattern) =>
        CoordinatorRecord.Tombstone(new ConsumerGroupRegularExpressionKey { GroupId = group, RegularExpression = pattern });

    public static CoordinatorRecord LegacyMetadataGone(string group) =>
        CoordinatorRecord.Tombstone(new ConsumerGroupPartitionMetadataKey { GroupId = group });

    /// <summary>All of the group. The order matters to Kafka, which reads that a member has nothing before it is gone.</summary>
    public static IEnumerable<CoordinatorRecord> GroupGone(ConsumerGroup group)
    {
        foreach (var member in group.Members) yield return AssignmentGone(group.Id, member.Id);
        foreach (string memberId in group.IdsWithTarget) yield return TargetGone(group.Id, memberId);
        yield return CoordinatorRecord.Tombstone(new ConsumerGroupTargetAssignmentMetadataKey { GroupId = group.Id });
        foreach (var member in group.Members) yield return SubscriptionGone(group.Id, member.Id);
        foreach (string pattern in group.Patterns.Keys) yield return PatternGone(group.Id, pattern);
        if (group.HasLegacyMetadata) yield return LegacyMetadataGone(group.Id);
        yield return CoordinatorRecord.Tombstone(new ConsumerGroupMetadataKey { GroupId = group.Id });
    }

    private static CoordinatorRecord Of<TKey>(TKey key, Protocol.Wire.IMessage value) where TKey : Protocol.Wire.IMessage, Protocol.Wire.IRecordMessage =>
        CoordinatorRecord.Of(key, value, ValueVersion);

    private static List<Current.TopicPartitions> ByTopic(IReadOnlyDictionary<TopicIdPartition, int> partitions)
    {
        var byTopic = new List<Current.TopicPartitions>();
        foreach (var topic in partitions.OrderBy(partition => partition.Key).GroupBy(partition => partition.Key.Topic))
        {
            byTopic.Add(new Current.TopicPartitions
            {
                TopicId = topic.Key,
                Partitions = [.. topic.Select(partition => partition.Key.Partition)],
                AssignmentEpochs = [.. topic.Select(partition => partition.Value)],
            });
        }
        return byTopic;
    }
}
