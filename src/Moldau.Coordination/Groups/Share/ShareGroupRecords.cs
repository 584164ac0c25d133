using Moldau.Protocol.Messages;
using Moldau.Protocol.Wire;
using Current = Moldau.Protocol.Messages.ShareGroupCurrentMemberAssignmentValue;
using States = Moldau.Protocol.Messages.ShareGroupStatePartitionMetadataValue;
using Target = Moldau.Protocol.Messages.ShareGroupTargetAssignmentMemberValue;

namespace Moldau.Coordination.Groups.Share;

/// <summary>The records of <c>__consumer_offsets</c> that share groups are made of.</summary>
internal static class ShareGroupRecords
{
    /// <summary>All their values have this version.</summary>
    private const short ValueVersion = 0;

    public static CoordinatorRecord Epoch(string group, int epoch, long metadataHash) => Of(
        new ShareGroupMetadataKey { GroupId = group },
        new ShareGroupMetadataValue { Epoch = epoch, MetadataHash = metadataHash });

    public static CoordinatorRecord TargetEpoch(string group, int epoch, long timestampMs) => Of(
        new ShareGroupTargetAssignmentMetadataKey { GroupId = group },
        new ShareGroupTargetAssignmentMetadataValue { AssignmentEpoch = epoch, AssignmentTimestamp = timestampMs });

    public static CoordinatorRecord Subscription(string group, ShareMember member) => Of(
        new ShareGroupMemberMetadataKey { GroupId = group, MemberId = member.Id },
        new ShareGroupMemberMetadataValue
        {
            RackId = member.RackId,
            ClientId = member.ClientId,
            ClientHost = member.ClientHost,
            SubscribedTopicNames = [.. member.Topics],
        });

    public static CoordinatorRecord Assignment(string group, ShareMember member) => Of(
        new ShareGroupCurrentMemberAssignmentKey { GroupId = group, MemberId = member.Id },
        new Current
        {
            MemberEpoch = member.Epoch,
            PreviousMemberEpoch = member.PreviousEpoch,
            AssignedPartitions = ByTopic(member.Assigned, (topic, partitions) => new Current.TopicPartitions { TopicId = topic, Partitions = partitions }),
        });

    public static CoordinatorRecord TargetOf(string group, string memberId, IReadOnlySet<TopicIdPartition> target) => Of(
        new ShareGroupTargetAssignmentMemberKey { GroupId = group, MemberId = memberId },
        new Target { TopicPartitions = ByTopic(target, (topic, partitions) => new Target.TopicPartition { TopicId = topic, Partitions = partitions }) });

    public static CoordinatorRecord Partitions(string group, SharePartitions partitions) => Of(
        new ShareGroupStatePartitionMetadataKey { GroupId = group },
        new States
        {
            InitializingTopics = Listed(partitions.Initializing),
            InitializedTopics = Listed(partitions.Initialized),
            DeletingTopics = [.. partitions.Deleting.Select(topic => new States.TopicInfo { TopicId = topic.Key, TopicName = topic.Value })],
        });

    public static CoordinatorRecord AssignmentGone(string group, string memberId) =>
        CoordinatorRecord.Tombstone(new ShareGroupCurrentMemberAssignmentKey { GroupId = group, MemberId = memberId });

    public static CoordinatorRecord TargetGone(string group, string memberId) =>
        CoordinatorRecord.Tombstone(new ShareGroupTargetAssignmentMemberKey { GroupId = group, MemberId = memberId });

    public static CoordinatorRecord SubscriptionGone(string group, string memberId) =>
        CoordinatorRecord.Tombstone(new ShareGroupMemberMetadataKey { GroupId = group, MemberId = memberId });

    /// <summary>All of the group, which has no members. The order matters to Kafka, for which the last one ends it.</summary>
    public static IEnumerable<CoordinatorRecord> GroupGone(ShareGroup group)
    {
        yield return CoordinatorRecord.Tombstone(new ShareGroupTargetAssignmentMetadataKey { GroupId = group.Id });
        yield return CoordinatorRecord.Tombstone(new ShareGroupStatePartitionMetadataKey { GroupId = group.Id });
        yield return CoordinatorRecord.Tombstone(new ShareGroupMetadataKey { GroupId = group.Id });
    }

    private static CoordinatorRecord Of<TKey>(TKey key, IMessage value) where TKey : IMessage, IRecordMessage =>
        CoordinatorRecord.Of(key, value, ValueVersion);

    private static List<TTopic> ByTopic<TTopic>(IEnumerable<TopicIdPartition> partitions, Func<Guid, List<int>, TTopic> topicOf) =>
    [
        .. partitions.Order().GroupBy(partition => partition.Topic)
            .Select(topic => topicOf(topic.Key, [.. topic.Select(partition => partition.Partition)])),
    ];

    private static List<States.TopicPartitionsInfo> Listed(SharedTopics topics) =>
    [
        .. topics.ById.Select(topic => new States.TopicPartitionsInfo
        {
            TopicId = topic.Key,
            TopicName = topic.Value.Name,
            Partitions = [.. topic.Value.Partitions],
        }),
    ];
}
