using Moldau.Coordination.Groups;
using Moldau.Coordination.Groups.Share;
using Moldau.Protocol;
using Moldau.Protocol.Messages;
using Current = Moldau.Protocol.Messages.ShareGroupCurrentMemberAssignmentValue;
using States = Moldau.Protocol.Messages.ShareGroupStatePartitionMetadataValue;

namespace Moldau.Coordination.Tests.Groups;

/// <summary>Records, answers and effects of share groups as scenarios show them.</summary>
internal static class ShareTrace
{
    public static string? Of(CoordinatorRecord record) => record switch
    {
        { Key: ShareGroupMetadataKey key, Value: ShareGroupMetadataValue value } =>
            $"record epoch {key.GroupId}: {value.Epoch}{(value.MetadataHash == 0 ? " of no topics" : "")}",
        { Key: ShareGroupMetadataKey key } => $"record group {key.GroupId} is gone",
        { Key: ShareGroupMemberMetadataKey key, Value: ShareGroupMemberMetadataValue value } =>
            $"record member {key.GroupId}/{key.MemberId}: [{string.Join(" ", value.SubscribedTopicNames)}]",
        { Key: ShareGroupMemberMetadataKey key } => $"record member {key.GroupId}/{key.MemberId} is gone",
        { Key: ShareGroupTargetAssignmentMetadataKey key, Value: ShareGroupTargetAssignmentMetadataValue value } =>
            $"record target epoch {key.GroupId}: {value.AssignmentEpoch} at {value.AssignmentTimestamp}",
        { Key: ShareGroupTargetAssignmentMetadataKey key } => $"record target epoch {key.GroupId} is gone",
        { Key: ShareGroupTargetAssignmentMemberKey key, Value: ShareGroupTargetAssignmentMemberValue value } =>
            $"record target {key.GroupId}/{key.MemberId}: [{Partitions(value.TopicPartitions.Select(topic => (topic.TopicId, topic.Partitions)))}]",
        { Key: ShareGroupTargetAssignmentMemberKey key } => $"record target {key.GroupId}/{key.MemberId} is gone",
        { Key: ShareGroupCurrentMemberAssignmentKey key, Value: Current value } => $"record assignment {key.GroupId}/{key.MemberId}: "
            + $"epoch {value.PreviousMemberEpoch}->{value.MemberEpoch} [{Partitions(value.AssignedPartitions.Select(topic => (topic.TopicId, topic.Partitions)))}]",
        { Key: ShareGroupCurrentMemberAssignmentKey key } => $"record assignment {key.GroupId}/{key.MemberId} is gone",
        { Key: ShareGroupStatePartitionMetadataKey key, Value: States value } => $"record partitions {key.GroupId}: {Of(value)}",
        { Key: ShareGroupStatePartitionMetadataKey key } => $"record partitions {key.GroupId} are gone",
        _ => null,
    };

    public static string? Of(object answer) => answer switch
    {
        ShareGroupHeartbeatResponse { ErrorCode: not ErrorCode.None } refused => $"{refused.ErrorCode}",
        ShareGroupHeartbeatResponse heartbeat => $"{heartbeat.MemberId} in epoch {heartbeat.MemberEpoch}"
            + (heartbeat.Assignment is { } got ? $" has [{Partitions(got.TopicPartitions.Select(topic => (topic.TopicId, topic.Partitions)))}]" : ""),
        ShareGroupDescribeResponse.DescribedGroup { ErrorCode: not ErrorCode.None } refused => $"{refused.ErrorCode}",
        ShareGroupDescribeResponse.DescribedGroup described =>
            $"{described.GroupState} epoch {described.GroupEpoch} target {described.AssignmentEpoch} {described.AssignorName} "
            + $"[{string.Join(" ", described.Members.Select(Of))}]",
        SharedTopics topics => $"[{Of(topics)}]",
        AlterShareGroupOffsetsResponse altered => $"{altered.ErrorCode} [{string.Join(" ", altered.Responses.SelectMany(topic =>
            topic.Partitions.Select(partition => $"{topic.TopicName}-{partition.PartitionIndex}:{partition.ErrorCode}")))}]",
        DeleteShareGroupOffsetsResponse deleted =>
            $"{deleted.ErrorCode} [{string.Join(" ", deleted.Responses.Select(topic => $"{topic.TopicName}:{topic.ErrorCode}"))}]",
        _ => null,
    };

    public static string Of(ShareStateEffect effect) => effect switch
    {
        InitializeShareStates begin => $"effect begin{(begin.KeepsFormer ? "" : " anew")} at {begin.StateEpoch} "
            + $"[{string.Join(" ", begin.StartOffsets.OrderBy(start => start.Key).Select(start => $"{Of(start.Key)}:{start.Value}"))}]",
        _ => $"effect forget [{string.Join(" ", effect.Partitions.Order().Select(Of))}]",
    };

    private static string Of(ShareGroupDescribeResponse.Member member) =>
        $"{member.MemberId} in epoch {member.MemberEpoch} [{string.Join(" ", member.SubscribedTopicNames)}]"
        + $"->[{Partitions(member.Assignment.TopicPartitions.Select(topic => (topic.TopicId, topic.Partitions)))}]";

    private static string Of(States value) => string.Join(", ", new[]
    {
        Text("beginning", Partitions(value.InitializingTopics.Select(topic => (topic.TopicId, topic.Partitions)))),
        Text("begun", Partitions(value.InitializedTopics.Select(topic => (topic.TopicId, topic.Partitions)))),
        Text("forgetting", string.Join(" ", value.DeletingTopics.Select(topic => topic.TopicName))),
    }.Where(part => part.Length > 0).DefaultIfEmpty("none"));

    private static string Text(string name, string list) => list.Length == 0 ? "" : $"{name} [{list}]";

    private static string Of(SharedTopics topics) => string.Join(" ", topics.Partitions.Order().Select(Of));

    private static string Of(TopicIdPartition partition) => $"{ScenarioTopics.NameOf(partition.Topic)}-{partition.Partition}";

    private static string Partitions(IEnumerable<(Guid Topic, List<int> Partitions)> topics) =>
        string.Join(" ", topics.SelectMany(topic => topic.Partitions.Select(index => $"{ScenarioTopics.NameOf(topic.Topic)}-{index}")));
}
