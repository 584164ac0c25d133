using Moldau.Protocol.Messages;
using Moldau.Protocol.Wire;
using Current = Moldau.Protocol.Messages.StreamsGroupCurrentMemberAssignmentValue;
using MemberMetadata = Moldau.Protocol.Messages.StreamsGroupMemberMetadataValue;
using Target = Moldau.Protocol.Messages.StreamsGroupTargetAssignmentMemberValue;

namespace Moldau.Coordination.Groups.Streams;

/// <summary>The records of <c>__consumer_offsets</c> that streams groups are made of.</summary>
internal static class StreamsGroupRecords
{
    /// <summary>All their values have this version.</summary>
    private const short ValueVersion = 0;

    public static CoordinatorRecord Metadata(string group, StreamsGroupMetadataValue value) =>
        Of(new StreamsGroupMetadataKey { GroupId = group }, value);

    public static CoordinatorRecord Topology(string group, StreamsGroupTopologyValue topology) =>
        Of(new StreamsGroupTopologyKey { GroupId = group }, topology);

    /// <summary>Kafka stores no time for a target that was made for nobody.</summary>
    public static CoordinatorRecord TargetEpoch(string group, int epoch, long timestampMs) => Of(
        new StreamsGroupTargetAssignmentMetadataKey { GroupId = group },
        new StreamsGroupTargetAssignmentMetadataValue { AssignmentEpoch = epoch, AssignmentTimestamp = timestampMs });

    public static CoordinatorRecord Description(string group, StreamsMember member) => Of(
        new StreamsGroupMemberMetadataKey { GroupId = group, MemberId = member.Id },
        new MemberMetadata
        {
            InstanceId = member.InstanceId,
            RackId = member.RackId,
            ClientId = member.ClientId,
            ClientHost = member.ClientHost,
            RebalanceTimeoutMs = member.RebalanceTimeoutMs,
            TopologyEpoch = member.TopologyEpoch,
            ProcessId = member.ProcessId,
            UserEndpoint = member.Endpoint is { } endpoint ? new MemberMetadata.Endpoint { Host = endpoint.Host, Port = endpoint.Port } : null,
            ClientTags = [.. member.Tags.Select(tag => new MemberMetadata.KeyValue { Key = tag.Key, Value = tag.Value })],
        });

    public static CoordinatorRecord TargetOf(string group, string memberId, MemberTasks target) => Of(
        new StreamsGroupTargetAssignmentMemberKey { GroupId = group, MemberId = memberId },
        new Target { ActiveTasks = TargetLists(target.Active), StandbyTasks = TargetLists(target.Standby), WarmupTasks = TargetLists(target.Warmup) });

    public static CoordinatorRecord Assignment(string group, StreamsMember member) => Of(
        new StreamsGroupCurrentMemberAssignmentKey { GroupId = group, MemberId = member.Id },
        new Current
        {
            MemberEpoch = member.Epoch,
            PreviousMemberEpoch = member.PreviousEpoch,
            State = (sbyte)member.State,
            ActiveTasks = ActiveLists(member, member.Assigned.Active),
            StandbyTasks = Lists(member.Assigned.Standby),
            WarmupTasks = Lists(member.Assigned.Warmup),
            ActiveTasksPendingRevocation = ActiveLists(member, member.PendingRevocation.Active),
            StandbyTasksPendingRevocation = Lists(member.PendingRevocation.Standby),
            WarmupTasksPendingRevocation = Lists(member.PendingRevocation.Warmup),
        });

    /// <summary>A member is gone. The order matters to Kafka, which reads that a member has nothing before it is gone.</summary>
    public static IEnumerable<CoordinatorRecord> MemberGone(string group, string memberId) =>
        [AssignmentGone(group, memberId), TargetGone(group, memberId), DescriptionGone(group, memberId)];

    public static IEnumerable<CoordinatorRecord> GroupGone(StreamsGroup group)
    {
        foreach (var member in group.Members) yield return AssignmentGone(group.Id, member.Id);
        foreach (string memberId in group.IdsWithTarget) yield return TargetGone(group.Id, memberId);
        yield return CoordinatorRecord.Tombstone(new StreamsGroupTargetAssignmentMetadataKey { GroupId = group.Id });
        foreach (var member in group.Members) yield return DescriptionGone(group.Id, member.Id);
        yield return CoordinatorRecord.Tombstone(new StreamsGroupMetadataKey { GroupId = group.Id });
        yield return CoordinatorRecord.Tombstone(new StreamsGroupTopologyKey { GroupId = group.Id });
    }

    private static CoordinatorRecord AssignmentGone(string group, string memberId) =>
        CoordinatorRecord.Tombstone(new StreamsGroupCurrentMemberAssignmentKey { GroupId = group, MemberId = memberId });

    private static CoordinatorRecord TargetGone(string group, string memberId) =>
        CoordinatorRecord.Tombstone(new StreamsGroupTargetAssignmentMemberKey { GroupId = group, MemberId = memberId });

    private static CoordinatorRecord DescriptionGone(string group, string memberId) =>
        CoordinatorRecord.Tombstone(new StreamsGroupMemberMetadataKey { GroupId = group, MemberId = memberId });

    private static CoordinatorRecord Of<TKey>(TKey key, IMessage value) where TKey : IMessage, IRecordMessage =>
        CoordinatorRecord.Of(key, value, ValueVersion);

    private static List<Target.TaskIds> TargetLists(IReadOnlySet<TaskId> tasks) =>
        TaskLists.Of(tasks, static (subtopology, partitions) => new Target.TaskIds { SubtopologyId = subtopology, Partitions = partitions });

    private static List<Current.TaskIds> Lists(IReadOnlySet<TaskId> tasks) =>
        TaskLists.Of(tasks, static (subtopology, partitions) => new Current.TaskIds { SubtopologyId = subtopology, Partitions = partitions });

    private static List<Current.TaskIds> ActiveLists(StreamsMember member, IReadOnlySet<TaskId> tasks)
    {
        var lists = Lists(tasks);
        foreach (var list in lists)
            list.AssignmentEpochs = list.Partitions.ConvertAll(partition => member.ActiveSince[new TaskId(list.SubtopologyId, partition)]);
        return lists;
    }
}
