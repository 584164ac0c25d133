using Moldau.Coordination.Groups.Modern;
using Moldau.Protocol.Messages;
using Current = Moldau.Protocol.Messages.StreamsGroupCurrentMemberAssignmentValue;
using Target = Moldau.Protocol.Messages.StreamsGroupTargetAssignmentMemberValue;

namespace Moldau.Coordination.Groups.Streams;

/// <summary>
/// What each record makes of a group. Compaction may leave a record without those that came before it, so none needs another.
/// </summary>
internal static class StreamsGroupReplay
{
    /// <summary>The id of the streams group that the key is about; null if it is of none.</summary>
    public static string? GroupOf(object? key) => key switch
    {
        StreamsGroupMetadataKey group => group.GroupId,
        StreamsGroupTopologyKey topology => topology.GroupId,
        StreamsGroupMemberMetadataKey member => member.GroupId,
        StreamsGroupTargetAssignmentMetadataKey target => target.GroupId,
        StreamsGroupTargetAssignmentMemberKey target => target.GroupId,
        StreamsGroupCurrentMemberAssignmentKey current => current.GroupId,
        _ => null,
    };

    /// <summary>The tombstone of the group's metadata is not for this: with it the group is gone.</summary>
    public static void Apply(StreamsGroup group, CoordinatorRecord record)
    {
        switch (record.Key)
        {
            case StreamsGroupMetadataKey:
                group.Metadata = (StreamsGroupMetadataValue)record.Value!;
                break;
            case StreamsGroupTopologyKey:
                group.Topology = (StreamsGroupTopologyValue?)record.Value;
                break;
            case StreamsGroupMemberMetadataKey key when record.Value is StreamsGroupMemberMetadataValue value:
                group.Put(With(MemberOf(group, key.MemberId), value));
                break;
            case StreamsGroupMemberMetadataKey key:
                group.Remove(key.MemberId);
                break;
            case StreamsGroupCurrentMemberAssignmentKey key when record.Value is Current value:
                group.Put(With(MemberOf(group, key.MemberId), value));
                break;
            case StreamsGroupCurrentMemberAssignmentKey key:
                if (group.Member(key.MemberId) is { } left) group.Put(WithNothing(left));
                break;
            case StreamsGroupTargetAssignmentMetadataKey when record.Value is StreamsGroupTargetAssignmentMetadataValue value:
                (group.TargetEpoch, group.TargetTimestampMs) = (value.AssignmentEpoch, value.AssignmentTimestamp);
                break;
            case StreamsGroupTargetAssignmentMemberKey key:
                group.SetTarget(key.MemberId, record.Value is Target target ? TasksOf(target) : null);
                break;
        }
    }

    private static StreamsMember MemberOf(StreamsGroup group, string memberId) => group.Member(memberId) ?? new() { Id = memberId };

    private static StreamsMember With(StreamsMember member, StreamsGroupMemberMetadataValue value) => member with
    {
        InstanceId = value.InstanceId,
        RackId = value.RackId,
        ClientId = value.ClientId,
        ClientHost = value.ClientHost,
        RebalanceTimeoutMs = value.RebalanceTimeoutMs,
        TopologyEpoch = value.TopologyEpoch,
        ProcessId = value.ProcessId,
        Endpoint = value.UserEndpoint is { } endpoint ? new StreamsEndpoint(endpoint.Host, endpoint.Port) : null,
        Tags = Tags(value.ClientTags),
    };

    private static Dictionary<string, string> Tags(List<StreamsGroupMemberMetadataValue.KeyValue> stored)
    {
        var tags = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var tag in stored) tags[tag.Key] = tag.Value;
        return tags;
    }

    private static StreamsMember With(StreamsMember member, Current value)
    {
        var since = new Dictionary<TaskId, int>();
        return member with
        {
            Epoch = value.MemberEpoch,
            PreviousEpoch = value.PreviousMemberEpoch,
            State = (StreamsMemberState)value.State,
            Assigned = new MemberTasks(Active(value.ActiveTasks, value.MemberEpoch, since), Read(value.StandbyTasks), Read(value.WarmupTasks)),
            PendingRevocation = new MemberTasks(
                Active(value.ActiveTasksPendingRevocation, value.MemberEpoch, since),
                Read(value.StandbyTasksPendingRevocation),
                Read(value.WarmupTasksPendingRevocation)),
            ActiveSince = since,
        };
    }

    private static StreamsMember WithNothing(StreamsMember member) => member with
    {
        Epoch = MemberEpochs.Leaving,
        PreviousEpoch = MemberEpochs.Leaving,
        State = StreamsMemberState.Stable,
        Assigned = MemberTasks.None,
        PendingRevocation = MemberTasks.None,
        ActiveSince = new Dictionary<TaskId, int>(),
    };

    /// <summary>Older Kafkas stored no epochs in which tasks were assigned; then the member's counts.</summary>
    private static HashSet<TaskId> Active(List<Current.TaskIds> lists, int memberEpoch, Dictionary<TaskId, int> since)
    {
        foreach (var list in lists)
        {
            for (int at = 0; at < list.Partitions.Count; at++)
            {
                bool hasEpoch = list.AssignmentEpochs is { } epochs && at < epochs.Count;
                since[new TaskId(list.SubtopologyId, list.Partitions[at])] = hasEpoch ? list.AssignmentEpochs![at] : Math.Max(memberEpoch, MemberEpochs.Joining);
            }
        }
        return Read(lists);
    }

    private static HashSet<TaskId> Read(List<Current.TaskIds> lists) => TaskLists.Read(lists, static list => (list.SubtopologyId, list.Partitions));

    private static MemberTasks TasksOf(Target target) => new(Read(target.ActiveTasks), Read(target.StandbyTasks), Read(target.WarmupTasks));

    private static HashSet<TaskId> Read(List<Target.TaskIds> lists) => TaskLists.Read(lists, static list => (list.SubtopologyId, list.Partitions));
}
