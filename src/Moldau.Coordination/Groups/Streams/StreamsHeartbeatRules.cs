using Moldau.Coordination.Groups.Modern;
using Moldau.Coordination.Metadata;
using Moldau.Protocol;
using Moldau.Protocol.Messages;

namespace Moldau.Coordination.Groups.Streams;

/// <summary>What a StreamsGroupHeartbeat must say.</summary>
internal static class StreamsHeartbeatRules
{
    public static Refusal CheckRequest(StreamsGroupHeartbeatRequest request)
    {
        string? fault = request switch
        {
            _ when MemberIdentity.IsBlank(request.GroupId) => "it names no group",
            _ when MemberIdentity.IsBlank(request.MemberId) => "it names no member",
            _ when MemberIdentity.IsBlank(request.InstanceId) => "its instance id is empty; a dynamic member has none",
            _ when MemberIdentity.IsBlank(request.RackId) => "its rack id is empty; a member without a rack has none",
            { MemberEpoch: < MemberEpochs.Away } => $"there is no member epoch {request.MemberEpoch}",
            { MemberEpoch: MemberEpochs.Away, InstanceId: null } => "only a member with an instance id can leave for a while",
            { MemberEpoch: MemberEpochs.Joining } => FaultOfJoin(request),
            { Topology: not null } => "only whoever joins brings a topology",
            _ => FaultOfTasks(request),
        };
        return fault is null ? default : new Refusal(
            ErrorCode.InvalidRequest, $"The heartbeat of member '{request.MemberId}' in group '{request.GroupId}' cannot be used: {fault}.");
    }

    /// <summary>A group has one topology, which whoever joins must have too, or an older one that the others will replace.</summary>
    public static Refusal CheckTopology(StreamsGroupDraft group, StreamsGroupTopologyValue joining)
    {
        if (group.Topology is not { } topology || joining.Epoch < topology.Epoch || TopologyRequests.AreEqual(topology, joining)) return default;
        return new Refusal(
            ErrorCode.InvalidRequest,
            $"Group '{group.Id}' has another topology than the one that came, in epoch {topology.Epoch}; it cannot be changed. "
            + "Stop all members and delete the group, or choose another application id.");
    }

    public static Refusal CheckOwned(ResolvedTopology resolved, MemberTasks? owned)
    {
        if (owned is null || !resolved.IsReady) return default;
        foreach (var task in owned.All)
        {
            if (!resolved.Tasks.Has(task))
                return new Refusal(ErrorCode.InvalidRequest, $"The topology has no task {task.Partition} of a subtopology '{task.Subtopology}'.");
        }
        return default;
    }

    public static Refusal CheckOffsets(StreamsGroupHeartbeatRequest request)
    {
        if ((RepeatedIn(request.TaskOffsets) ?? RepeatedIn(request.TaskEndOffsets)) is not { } task) return default;
        return new Refusal(
            ErrorCode.InvalidRequest,
            $"Member '{request.MemberId}' of group '{request.GroupId}' tells two offsets of task {task.Partition} of subtopology '{task.Subtopology}'; "
            + "it must tell one.");
    }

    public static Refusal MissingGroup(string groupId) =>
        new(ErrorCode.GroupIdNotFound, $"There is no group '{groupId}' of the streams protocol.");

    private static TaskId? RepeatedIn(List<StreamsGroupHeartbeatRequest.TaskOffset>? told)
    {
        var tasks = new HashSet<TaskId>();
        foreach (var offset in told ?? [])
        {
            var task = new TaskId(offset.SubtopologyId, offset.Partition);
            if (!tasks.Add(task)) return task;
        }
        return null;
    }

    private static string? FaultOfJoin(StreamsGroupHeartbeatRequest request) => request switch
    {
        { RebalanceTimeoutMs: -1 } => "whoever joins must say his rebalance timeout",
        { Topology: null } => "whoever joins must bring the topology",
        { ActiveTasks: null or { Count: > 0 } } or { StandbyTasks: null or { Count: > 0 } } or { WarmupTasks: null or { Count: > 0 } } =>
            "whoever joins must own no tasks, and say so",
        _ => null,
    };

    private static string? FaultOfTasks(StreamsGroupHeartbeatRequest request)
    {
        int told = (request.ActiveTasks is null ? 0 : 1) + (request.StandbyTasks is null ? 0 : 1) + (request.WarmupTasks is null ? 0 : 1);
        return told is 0 or 3 ? null : "it must name its tasks of all roles, or of none";
    }
}
