using System.Text;
using Moldau.Coordination.Groups.Streams;
using Moldau.Protocol;
using Moldau.Protocol.Messages;
using Answer = Moldau.Protocol.Messages.StreamsGroupHeartbeatResponse;
using Current = Moldau.Protocol.Messages.StreamsGroupCurrentMemberAssignmentValue;
using Target = Moldau.Protocol.Messages.StreamsGroupTargetAssignmentMemberValue;

namespace Moldau.Coordination.Tests.Groups;

/// <summary>Records, answers, effects and the state of streams groups as scenarios show them.</summary>
internal static class StreamsTrace
{
    public static string? Of(CoordinatorRecord record) => record switch
    {
        { Key: StreamsGroupMetadataKey key, Value: StreamsGroupMetadataValue value } => $"record epoch {key.GroupId}: {Of(value)}",
        { Key: StreamsGroupMetadataKey key } => $"record group {key.GroupId} is gone",
        { Key: StreamsGroupTopologyKey key, Value: StreamsGroupTopologyValue value } =>
            $"record topology {key.GroupId}: epoch {value.Epoch} [{string.Join(" ", value.Subtopologies.Select(subtopology => subtopology.SubtopologyId))}]",
        { Key: StreamsGroupTopologyKey key } => $"record topology {key.GroupId} is gone",
        { Key: StreamsGroupMemberMetadataKey key, Value: StreamsGroupMemberMetadataValue value } => $"record member {key.GroupId}/{key.MemberId}: {Of(value)}",
        { Key: StreamsGroupMemberMetadataKey key } => $"record member {key.GroupId}/{key.MemberId} is gone",
        { Key: StreamsGroupTargetAssignmentMetadataKey key, Value: StreamsGroupTargetAssignmentMetadataValue value } =>
            $"record target epoch {key.GroupId}: {value.AssignmentEpoch} at {value.AssignmentTimestamp}",
        { Key: StreamsGroupTargetAssignmentMetadataKey key } => $"record target epoch {key.GroupId} is gone",
        { Key: StreamsGroupTargetAssignmentMemberKey key, Value: Target value } =>
            $"record target {key.GroupId}/{key.MemberId}: {Roles(Tasks(value.ActiveTasks), Tasks(value.StandbyTasks), Tasks(value.WarmupTasks))}",
        { Key: StreamsGroupTargetAssignmentMemberKey key } => $"record target {key.GroupId}/{key.MemberId} is gone",
        { Key: StreamsGroupCurrentMemberAssignmentKey key, Value: Current value } => $"record assignment {key.GroupId}/{key.MemberId}: {Of(value)}",
        { Key: StreamsGroupCurrentMemberAssignmentKey key } => $"record assignment {key.GroupId}/{key.MemberId} is gone",
        _ => null,
    };

    public static string? Of(object answer) => answer switch
    {
        Answer { ErrorCode: not ErrorCode.None } refused => $"{refused.ErrorCode}",
        Answer heartbeat => $"{heartbeat.MemberId} in epoch {heartbeat.MemberEpoch}"
            + (heartbeat.ActiveTasks is null ? "" : $" has {Roles(Tasks(heartbeat.ActiveTasks), Tasks(heartbeat.StandbyTasks!), Tasks(heartbeat.WarmupTasks!))}")
            + string.Concat(heartbeat.Status!.Select(status => $" {(StreamsStatus)status.StatusCode}"))
            + (heartbeat.PartitionsByUserEndpoint is null ? "" : $" endpoints {heartbeat.EndpointInformationEpoch} [{string.Join(" ", heartbeat.PartitionsByUserEndpoint.Select(Of))}]"),
        StreamsGroupDescribeResponse.DescribedGroup { ErrorCode: not ErrorCode.None } refused => $"{refused.ErrorCode}",
        StreamsGroupDescribeResponse.DescribedGroup group => $"{group.GroupState} epoch {group.GroupEpoch} target {group.AssignmentEpoch} "
            + $"topology {group.Topology?.Epoch} [{string.Join(" ", group.Members.Select(Of))}] [{string.Join(" ", group.Topology?.Subtopologies?.SelectMany(InternalTopics) ?? [])}]",
        _ => null,
    };

    public static string Of(Effect effect) => effect is CreateInternalTopics topics
        ? $"effect create {topics.GroupId}: [{string.Join(" ", topics.Topics.Select(topic => $"{topic.Wanted.Name}:{topic.Partitions}"))}]"
        : throw new ArgumentException($"Unexpected effect {effect}.", nameof(effect));

    public static string Of(StreamsGroup group)
    {
        var text = new StringBuilder();
        text.AppendLine($"{group.Id}: {Of(group.Metadata)} {group.Metadata.MetadataHash} target {group.TargetEpoch} {group.TargetTimestampMs} topology {group.Topology?.Epoch}");
        foreach (var member in group.Members.OrderBy(member => member.Id, StringComparer.Ordinal))
        {
            text.AppendLine($"  {Of(StreamsGroupRecords.Description(group.Id, member))}");
            text.AppendLine($"  {Of(StreamsGroupRecords.Assignment(group.Id, member))}");
        }
        foreach (string id in group.IdsWithTarget.Order(StringComparer.Ordinal))
            text.AppendLine($"  {Of(StreamsGroupRecords.TargetOf(group.Id, id, group.Target(id)!))}");
        return text.ToString();
    }

    private static string Of(StreamsGroupMetadataValue value)
    {
        string validated = value.ValidatedTopologyEpoch < 0 ? "not ready" : $"topology {value.ValidatedTopologyEpoch}";
        string settings = string.Join(" ", value.LastAssignmentConfigs?.Select(setting => $"{setting.Key}={setting.Value}") ?? []);
        return $"{value.Epoch} {validated} {settings}{(value.MetadataHash == 0 ? " of no topics" : "")}";
    }

    private static string Of(StreamsGroupMemberMetadataValue value)
    {
        var parts = new List<string> { $"{value.ProcessId} topology {value.TopologyEpoch}" };
        if (value.InstanceId is { } instance) parts.Add($"@{instance}");
        if (value.RackId is { } rack) parts.Add($"in {rack}");
        if (value.UserEndpoint is { } endpoint) parts.Add($"at {endpoint.Host}:{endpoint.Port}");
        if (value.ClientTags.Count > 0) parts.Add(string.Join(",", value.ClientTags.Select(tag => $"{tag.Key}={tag.Value}")));
        return string.Join(" ", parts);
    }

    private static string Of(Current value)
    {
        string assigned = Roles(Tasks(value.ActiveTasks), Tasks(value.StandbyTasks), Tasks(value.WarmupTasks));
        string revoked = Roles(
            Tasks(value.ActiveTasksPendingRevocation), Tasks(value.StandbyTasksPendingRevocation), Tasks(value.WarmupTasksPendingRevocation));
        return $"epoch {value.PreviousMemberEpoch}->{value.MemberEpoch} {(StreamsMemberState)value.State} {assigned}{(revoked == "[]" ? "" : $" without {revoked}")}";
    }

    private static string Of(StreamsGroupDescribeResponse.Member member) =>
        $"{member.MemberId}:{member.MemberEpoch}" + string.Concat(member.TaskOffsets.Select(offset => $" {offset.SubtopologyId}-{offset.Partition}@{offset.Offset}"));

    private static IEnumerable<string> InternalTopics(StreamsGroupDescribeResponse.Subtopology subtopology) =>
        subtopology.RepartitionSourceTopics.Concat(subtopology.StateChangelogTopics).Select(topic => $"{topic.Name}:{topic.Partitions}");

    private static string Of(Answer.EndpointToPartitions endpoint)
    {
        var partitions = endpoint.ActivePartitions.SelectMany(topic => Names(topic, ""))
            .Concat(endpoint.StandbyPartitions.SelectMany(topic => Names(topic, "~")));
        return $"{endpoint.UserEndpoint.Host}({string.Join(",", partitions)})";
    }

    private static IEnumerable<string> Names(Answer.TopicPartition topic, string role) =>
        topic.Partitions.Count == 0 ? [$"nothing of {topic.Topic}"] : topic.Partitions.Select(index => $"{topic.Topic}-{index}{role}");

    /// <summary>Active tasks as they are, standby ones with a wave, warm-up ones with an exclamation mark.</summary>
    private static string Roles(IEnumerable<string> active, IEnumerable<string> standby, IEnumerable<string> warmup) =>
        $"[{string.Join(" ", active.Concat(standby.Select(task => $"{task}~")).Concat(warmup.Select(task => $"{task}!")))}]";

    private static IEnumerable<string> Tasks(List<Target.TaskIds> lists) => lists.SelectMany(list => Names(list.SubtopologyId, list.Partitions));

    private static IEnumerable<string> Tasks(List<Current.TaskIds> lists) => lists.SelectMany(list => Names(list.SubtopologyId, list.Partitions));

    private static IEnumerable<string> Tasks(List<Answer.TaskIds> lists) => lists.SelectMany(list => Names(list.SubtopologyId, list.Partitions));

    private static IEnumerable<string> Names(string subtopology, List<int> partitions) => partitions.Select(partition => $"{subtopology}-{partition}");
}
