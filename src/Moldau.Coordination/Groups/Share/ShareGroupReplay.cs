using System.Collections.Immutable;
using Moldau.Coordination.Groups.Modern;
using Moldau.Protocol.Messages;
using Current = Moldau.Protocol.Messages.ShareGroupCurrentMemberAssignmentValue;
using States = Moldau.Protocol.Messages.ShareGroupStatePartitionMetadataValue;

namespace Moldau.Coordination.Groups.Share;

/// <summary>
/// What each record makes of a group. Compaction may leave a record without those that came before it, so none needs another.
/// </summary>
internal static class ShareGroupReplay
{
    /// <summary>The id of the share group that the key is about; null if it is of none.</summary>
    public static string? GroupOf(object? key) => key switch
    {
        ShareGroupMetadataKey group => group.GroupId,
        ShareGroupMemberMetadataKey member => member.GroupId,
        ShareGroupTargetAssignmentMetadataKey target => target.GroupId,
        ShareGroupTargetAssignmentMemberKey target => target.GroupId,
        ShareGroupCurrentMemberAssignmentKey current => current.GroupId,
        ShareGroupStatePartitionMetadataKey partitions => partitions.GroupId,
        _ => null,
    };

    /// <summary>The tombstone of the group's metadata is not for this: with it the group is gone.</summary>
    public static void Apply(ShareGroup group, CoordinatorRecord record)
    {
        switch (record.Key)
        {
            case ShareGroupMetadataKey:
                var metadata = (ShareGroupMetadataValue)record.Value!;
                (group.Epoch, group.MetadataHash) = (metadata.Epoch, metadata.MetadataHash);
                break;
            case ShareGroupMemberMetadataKey key when record.Value is ShareGroupMemberMetadataValue value:
                group.Members.Put(With(MemberOf(group, key.MemberId), value));
                break;
            case ShareGroupMemberMetadataKey key:
                group.Members.Remove(key.MemberId);
                break;
            case ShareGroupCurrentMemberAssignmentKey key when record.Value is Current value:
                group.Members.Put(With(MemberOf(group, key.MemberId), value));
                break;
            case ShareGroupCurrentMemberAssignmentKey key:
                if (group.Members.Find(key.MemberId) is { } left) group.Members.Put(WithNothing(left));
                break;
            case ShareGroupTargetAssignmentMetadataKey when record.Value is ShareGroupTargetAssignmentMetadataValue value:
                (group.TargetEpoch, group.TargetTimestampMs) = (value.AssignmentEpoch, value.AssignmentTimestamp);
                break;
            case ShareGroupTargetAssignmentMemberKey key:
                group.SetTarget(key.MemberId, TargetOf((ShareGroupTargetAssignmentMemberValue?)record.Value));
                break;
            case ShareGroupStatePartitionMetadataKey:
                group.Partitions = PartitionsOf((States?)record.Value);
                break;
        }
    }

    private static ShareMember MemberOf(ShareGroup group, string memberId) => group.Members.Find(memberId) ?? new() { Id = memberId };

    private static ShareMember With(ShareMember member, ShareGroupMemberMetadataValue value) => member with
    {
        RackId = value.RackId,
        ClientId = value.ClientId,
        ClientHost = value.ClientHost,
        Topics = [.. value.SubscribedTopicNames.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)],
    };

    private static ShareMember With(ShareMember member, Current value) => member with
    {
        Epoch = value.MemberEpoch,
        PreviousEpoch = value.PreviousMemberEpoch,
        Assigned = value.AssignedPartitions
            .SelectMany(topic => topic.Partitions.Select(index => new TopicIdPartition(topic.TopicId, index))).ToHashSet(),
    };

    private static ShareMember WithNothing(ShareMember member) => member with
    {
        Epoch = MemberEpochs.Leaving,
        PreviousEpoch = MemberEpochs.Leaving,
        Assigned = ShareMember.NoPartitions,
    };

    private static HashSet<TopicIdPartition>? TargetOf(ShareGroupTargetAssignmentMemberValue? value) => value is null
        ? null
        : [.. value.TopicPartitions.SelectMany(topic => topic.Partitions.Select(index => new TopicIdPartition(topic.TopicId, index)))];

    private static SharePartitions PartitionsOf(States? value) => value is null ? SharePartitions.None : new()
    {
        Initializing = TopicsOf(value.InitializingTopics),
        Initialized = TopicsOf(value.InitializedTopics),
        Deleting = value.DeletingTopics.ToImmutableSortedDictionary(topic => topic.TopicId, topic => topic.TopicName),
    };

    private static SharedTopics TopicsOf(List<States.TopicPartitionsInfo> topics) => new(topics.ToImmutableSortedDictionary(
        topic => topic.TopicId, topic => new SharedTopic(topic.TopicName, [.. topic.Partitions])));
}
