using Moldau.Coordination.Groups.Streams;
using Moldau.Protocol;
using Request = Moldau.Protocol.Messages.StreamsGroupHeartbeatRequest;
using Answer = Moldau.Protocol.Messages.StreamsGroupHeartbeatResponse;

namespace Moldau.Coordination.Tests.Groups;

/// <summary>A client of the streams protocol: it owns the tasks that it was told to, and gives up what it was told to after a while.</summary>
internal sealed class SimulatedStream(string id, string? instanceId, string processId)
{
    private MemberTasks _told = MemberTasks.None;
    private bool _missedAnswer;

    public string Id => id;

    public string ProcessId => processId;

    public int Epoch { get; private set; }

    /// <summary>What it has, in which role.</summary>
    public MemberTasks Owned { get; private set; } = MemberTasks.None;

    /// <summary>It has heard that it is no member any more, or has not joined yet.</summary>
    public bool IsOut => Epoch == 0;

    /// <summary>
    /// What it owns it says when it has done what it was told, as clients do: in the middle of that, the list would mean something else
    /// when it arrives. After an answer that did not come it says everything, to be told everything.
    /// </summary>
    public Request Heartbeat(List<Request.Subtopology> topology)
    {
        bool isTelling = IsOut || Owned.IsSameAs(_told);
        bool saysAll = IsOut || (_missedAnswer && isTelling);
        return new Request
        {
            GroupId = "g",
            MemberId = id,
            InstanceId = instanceId,
            MemberEpoch = Epoch,
            RebalanceTimeoutMs = saysAll ? 20_000 : -1,
            ProcessId = saysAll ? processId : null,
            Topology = IsOut ? new() { Subtopologies = topology } : null,
            ActiveTasks = isTelling ? Lists(Owned.Active) : null,
            StandbyTasks = isTelling ? Lists(Owned.Standby) : null,
            WarmupTasks = isTelling ? Lists(Owned.Warmup) : null,
        };
    }

    public Request Leave(int epoch) => new() { GroupId = "g", MemberId = id, InstanceId = instanceId, MemberEpoch = epoch };

    /// <summary>The request or its answer was lost.</summary>
    public void Miss() => _missedAnswer = true;

    public void Hear(Answer answer)
    {
        if (answer.ErrorCode is ErrorCode.UnknownMemberId or ErrorCode.FencedMemberEpoch or ErrorCode.GroupIdNotFound or ErrorCode.FencedInstanceId)
        {
            GiveEverythingUp();
            return;
        }
        if (answer.ErrorCode != ErrorCode.None) return;
        Epoch = answer.MemberEpoch;
        if (answer.ActiveTasks is null) return;
        _missedAnswer = false;
        _told = new MemberTasks(Read(answer.ActiveTasks), Read(answer.StandbyTasks!), Read(answer.WarmupTasks!));
    }

    /// <summary>First it gives up, and only then takes what is new: as a client does that finishes its records first.</summary>
    public void Follow() => Owned = Owned.IsWithin(_told) ? _told : new MemberTasks(
        Owned.Active.Intersect(_told.Active).ToHashSet(), Owned.Standby.Intersect(_told.Standby).ToHashSet(), Owned.Warmup.Intersect(_told.Warmup).ToHashSet());

    public void GiveEverythingUp() => (Epoch, _told, Owned) = (0, MemberTasks.None, MemberTasks.None);

    private static List<Request.TaskIds> Lists(IReadOnlySet<TaskId> tasks) =>
        TaskLists.Of(tasks, (subtopology, partitions) => new Request.TaskIds { SubtopologyId = subtopology, Partitions = partitions });

    private static HashSet<TaskId> Read(List<Answer.TaskIds> lists) => TaskLists.Read(lists, list => (list.SubtopologyId, list.Partitions));
}
