using Moldau.Coordination.Groups.Streams.Assignment;
using Moldau.Protocol;
using Moldau.Protocol.Messages;
using Described = Moldau.Protocol.Messages.StreamsGroupDescribeResponse;
using Stored = Moldau.Protocol.Messages.StreamsGroupTopologyValue;

namespace Moldau.Coordination.Groups.Streams;

/// <summary>What StreamsGroupDescribe and ListGroups show of streams groups.</summary>
internal static class StreamsGroupDescriptions
{
    public const string Type = "streams";

    public static Described.DescribedGroup Missing(string groupId) => new()
    {
        GroupId = groupId,
        ErrorCode = ErrorCode.GroupIdNotFound,
        ErrorMessage = $"There is no group '{groupId}' of the streams protocol.",
    };

    public static Described.DescribedGroup Describe(StreamsGroup group, StreamsGroupWatch watch, Turn turn)
    {
        var described = new Described.DescribedGroup
        {
            GroupId = group.Id,
            GroupState = StateOf(group),
            GroupEpoch = group.Epoch,
            AssignmentEpoch = group.TargetEpoch,
            AssignorName = StickyTaskAssignor.Name,
        };
        if (group.Topology is { } topology) described.Topology = Show(topology, watch.Resolve(topology, turn));
        foreach (var member in group.Members) described.Members.Add(Describe(group, member, watch.Offsets.Of(member.Id)));
        return described;
    }

    public static ListGroupsResponse.ListedGroup List(StreamsGroup group) =>
        new() { GroupId = group.Id, ProtocolType = Type, GroupState = StateOf(group), GroupType = Type };

    public static string StateOf(StreamsGroup group) => group switch
    {
        { Members.Count: 0 } => "Empty",
        { IsReady: false } => "NotReady",
        { } when group.Epoch > group.TargetEpoch => "Assigning",
        { } when group.Members.All(member => member.IsReconciledTo(group.TargetEpoch)) => "Stable",
        _ => "Reconciling",
    };

    private static Described.Member Describe(StreamsGroup group, StreamsMember member, TaskOffsets offsets) => new()
    {
        MemberId = member.Id,
        MemberEpoch = member.Epoch,
        InstanceId = member.InstanceId,
        RackId = member.RackId,
        ClientId = member.ClientId,
        ClientHost = member.ClientHost,
        TopologyEpoch = member.TopologyEpoch,
        ProcessId = member.ProcessId,
        UserEndpoint = member.Endpoint is { } endpoint ? new Described.Endpoint { Host = endpoint.Host, Port = endpoint.Port } : null,
        ClientTags = [.. member.Tags.Select(tag => new Described.KeyValue { Key = tag.Key, Value = tag.Value })],
        TaskOffsets = Show(offsets.Restored),
        TaskEndOffsets = Show(offsets.Ends),
        Assignment = Show(member.Assigned),
        TargetAssignment = Show(group.Target(member.Id) ?? MemberTasks.None),
    };

    private static List<Described.TaskOffset> Show(IReadOnlyDictionary<TaskId, long> offsets) =>
    [
        .. offsets.OrderBy(offset => offset.Key).Select(offset =>
            new Described.TaskOffset { SubtopologyId = offset.Key.Subtopology, Partition = offset.Key.Partition, Offset = offset.Value }),
    ];

    private static Described.Assignment Show(MemberTasks tasks) =>
        new() { ActiveTasks = Show(tasks.Active), StandbyTasks = Show(tasks.Standby), WarmupTasks = Show(tasks.Warmup) };

    private static List<Described.TaskIds> Show(IReadOnlySet<TaskId> tasks) =>
        TaskLists.Of(tasks, static (subtopology, partitions) => new Described.TaskIds { SubtopologyId = subtopology, Partitions = partitions });

    /// <summary>
    /// In the order of ids and names, whichever the members brought. When all topics are there, internal ones show how many partitions they
    /// have, before that how many were asked for.
    /// </summary>
    private static Described.Topology Show(Stored topology, ResolvedTopology resolved) => new()
    {
        Epoch = topology.Epoch,
        Subtopologies =
        [
            .. topology.Subtopologies.OrderBy(subtopology => subtopology.SubtopologyId, StringComparer.Ordinal).Select(subtopology => new Described.Subtopology
            {
                SubtopologyId = subtopology.SubtopologyId,
                SourceTopics = [.. subtopology.SourceTopics.Order(StringComparer.Ordinal)],
                RepartitionSinkTopics = [.. subtopology.RepartitionSinkTopics.Order(StringComparer.Ordinal)],
                StateChangelogTopics = Show(subtopology.StateChangelogTopics, resolved),
                RepartitionSourceTopics = Show(subtopology.RepartitionSourceTopics, resolved),
            }),
        ],
    };

    private static List<Described.TopicInfo> Show(List<Stored.TopicInfo> topics, ResolvedTopology resolved) =>
        [.. topics.OrderBy(topic => topic.Name, StringComparer.Ordinal).Select(topic => Show(topic, resolved))];

    private static Described.TopicInfo Show(Stored.TopicInfo topic, ResolvedTopology resolved) => new()
    {
        Name = topic.Name,
        Partitions = resolved.IsReady && resolved.InternalTopics.TryGetValue(topic.Name, out var known) ? known.Partitions : topic.Partitions,
        ReplicationFactor = topic.ReplicationFactor,
        TopicConfigs = topic.TopicConfigs.ConvertAll(config => new Described.KeyValue { Key = config.Key, Value = config.Value }),
    };
}
