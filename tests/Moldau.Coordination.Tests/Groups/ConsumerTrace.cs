using System.Text;
using Moldau.Coordination.Groups;
using Moldau.Coordination.Groups.Consumer;
using Moldau.Protocol;
using Moldau.Protocol.Messages;
using Current = Moldau.Protocol.Messages.ConsumerGroupCurrentMemberAssignmentValue;

namespace Moldau.Coordination.Tests.Groups;

/// <summary>Records, answers and the state of consumer groups as scenarios show them.</summary>
internal static class ConsumerTrace
{
    public static string? Of(CoordinatorRecord record) => record switch
    {
        { Key: ConsumerGroupMetadataKey key, Value: ConsumerGroupMetadataValue value } =>
            $"record epoch {key.GroupId}: {value.Epoch}{(value.MetadataHash == 0 ? " of no topics" : "")}",
        { Key: ConsumerGroupMetadataKey key } => $"record group {key.GroupId} is gone",
        { Key: ConsumerGroupPartitionMetadataKey key } => $"record topics {key.GroupId} are gone",
        { Key: ConsumerGroupMemberMetadataKey key, Value: ConsumerGroupMemberMetadataValue value } => $"record member {key.GroupId}/{Short(key.MemberId)}: {Of(value)}",
        { Key: ConsumerGroupMemberMetadataKey key } => $"record member {key.GroupId}/{Short(key.MemberId)} is gone",
        { Key: ConsumerGroupTargetAssignmentMetadataKey key, Value: ConsumerGroupTargetAssignmentMetadataValue value } =>
            $"record target epoch {key.GroupId}: {value.AssignmentEpoch} at {value.AssignmentTimestamp}",
        { Key: ConsumerGroupTargetAssignmentMetadataKey key } => $"record target epoch {key.GroupId} is gone",
        { Key: ConsumerGroupTargetAssignmentMemberKey key, Value: ConsumerGroupTargetAssignmentMemberValue value } =>
            $"record target {key.GroupId}/{Short(key.MemberId)}: [{Partitions(value.TopicPartitions.Select(topic => (topic.TopicId, topic.Partitions)))}]",
        { Key: ConsumerGroupTargetAssignmentMemberKey key } => $"record target {key.GroupId}/{Short(key.MemberId)} is gone",
        { Key: ConsumerGroupCurrentMemberAssignmentKey key, Value: Current value } => $"record assignment {key.GroupId}/{Short(key.MemberId)}: {Of(value)}",
        { Key: ConsumerGroupCurrentMemberAssignmentKey key } => $"record assignment {key.GroupId}/{Short(key.MemberId)} is gone",
        { Key: ConsumerGroupRegularExpressionKey key, Value: ConsumerGroupRegularExpressionValue value } =>
            $"record pattern {key.GroupId} '{key.RegularExpression}': [{string.Join(" ", value.Topics)}]",
        { Key: ConsumerGroupRegularExpressionKey key } => $"record pattern {key.GroupId} '{key.RegularExpression}' is gone",
        _ => null,
    };

    public static string? Of(object answer) => answer switch
    {
        ConsumerGroupHeartbeatResponse { ErrorCode: not ErrorCode.None } refused => $"{refused.ErrorCode}",
        ConsumerGroupHeartbeatResponse heartbeat => $"{Short(heartbeat.MemberId!)} in epoch {heartbeat.MemberEpoch}"
            + (heartbeat.Assignment is { } got ? $" has [{Partitions(got.TopicPartitions.Select(topic => (topic.TopicId, topic.Partitions)))}]" : ""),
        ConsumerGroupDescribeResponse.DescribedGroup { ErrorCode: not ErrorCode.None } refused => $"{refused.ErrorCode}",
        ConsumerGroupDescribeResponse.DescribedGroup group =>
            $"{group.GroupState} epoch {group.GroupEpoch} target {group.AssignmentEpoch} {group.AssignorName} "
            + $"[{string.Join(" ", group.Members.Select(member => $"{Short(member.MemberId)}:{member.MemberEpoch}"))}]",
        _ => null,
    };

    public static string Of(ConsumerGroup group)
    {
        var text = new StringBuilder();
        text.AppendLine($"{group.Id}: epoch {group.Epoch} {group.MetadataHash} target {group.TargetEpoch} {group.TargetTimestampMs} {group.HasLegacyMetadata}");
        foreach (var member in group.Members.OrderBy(member => member.Id, StringComparer.Ordinal))
        {
            text.AppendLine($"  {Of(ConsumerGroupRecords.Subscription(group.Id, member))}");
            text.AppendLine($"  {Of(ConsumerGroupRecords.Assignment(group.Id, member))}");
        }
        foreach (string id in group.IdsWithTarget.Order(StringComparer.Ordinal))
            text.AppendLine($"  {Of(ConsumerGroupRecords.TargetOf(group.Id, id, group.Target(id)!))}");
        foreach (var (pattern, resolved) in group.Patterns.OrderBy(pattern => pattern.Key, StringComparer.Ordinal))
            text.AppendLine($"  {Of(ConsumerGroupRecords.Pattern(group.Id, pattern, resolved))} {resolved.TimestampMs}");
        return text.ToString();
    }

    private static string Of(ConsumerGroupMemberMetadataValue value)
    {
        var parts = new List<string> { $"[{string.Join(" ", value.SubscribedTopicNames)}]" };
        if (value.SubscribedTopicRegex is { Length: > 0 } pattern) parts.Add($"'{pattern}'");
        if (value.InstanceId is { } instance) parts.Add($"@{instance}");
        if (value.RackId is { } rack) parts.Add($"in {rack}");
        if (value.ServerAssignor is { } assignor) parts.Add($"for {assignor}");
        if (value.ClassicMemberMetadata is { } classic) parts.Add($"classic {string.Join(",", classic.SupportedProtocols.Select(offer => offer.Name))}");
        return string.Join(" ", parts);
    }

    private static string Of(Current value)
    {
        string assigned = Partitions(value.AssignedPartitions.Select(topic => (topic.TopicId, topic.Partitions)));
        string revoked = Partitions(value.PartitionsPendingRevocation.Select(topic => (topic.TopicId, topic.Partitions)));
        return $"epoch {value.PreviousMemberEpoch}->{value.MemberEpoch} {(MemberState)value.State} [{assigned}]{(revoked.Length > 0 ? $" without [{revoked}]" : "")}";
    }

    private static string Partitions(IEnumerable<(Guid Topic, List<int> Partitions)> topics) =>
        string.Join(" ", topics.SelectMany(topic => topic.Partitions.Select(index => $"{ScenarioTopics.NameOf(topic.Topic)}-{index}")).Order(StringComparer.Ordinal));

    /// <summary>An id that the coordinator made, as scenarios write it: by the number of the request.</summary>
    private static string Short(string id) => ScenarioRequests.ShortId(id);
}
