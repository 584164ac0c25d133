using Moldau.Coordination.Groups.Streams;
using Moldau.Protocol;
using Request = Moldau.Protocol.Messages.StreamsGroupHeartbeatRequest;
using Answer = Moldau.Protocol.Messages.StreamsGroupHeartbeatResponse;

namespace Moldau.Coordination.Tests.Groups;

/// <summary>
/// A client of the streams protocol, as Kafka Streams is one: it owns the tasks that it was told to, and gives up what it was told to after a
/// while.
/// </summary>
internal sealed class SimulatedStream(string id, string? instanceId, string processId)
{
    private MemberTasks _told = MemberTasks.None;
    private MemberTasks? _said;

    public string Id => id;

    public string ProcessId => processId;

    public int Epoch { get; private set; }

    /// <summary>What it has, in which role.</summary>
    public MemberTasks Owned { get; private set; } = MemberTasks.None;

    /// <summary>It has heard that it is no member any more, or has not joined yet.</summary>
    public bool IsOut => Epoch == 0;

    /// <summary>
    /// Only when it joins it says everything. Later it says what it owns, once, when it has done what it was told, since in the middle of that
    /// the list would mean something else when it arrives; and once more when an answer did not come or was an error.
    /// </summary>
    public Request Heartbeat(List<Request.Subtopology> topology)
    {
        bool isNews = _said is not { } said || !Owned.IsSameAs(said);
        bool isTelling = IsOut || (isNews && Owned.IsSameAs(_told));
        if (isTelling) _said = IsOut ? null : Owned;
        return new Request
        {
            GroupId = "g",
            MemberId = id,
            InstanceId = instanceId,
            MemberEpoch = Epoch,
            RebalanceTimeoutMs = IsOut ? 20_000 : -1,
            ProcessId = IsOut ? processId : null,
            Topology = IsOut ? new() { Subtopologies = topology } : null,
            ActiveTasks = isTelling ? Lists(Owned.Active) : null,
            StandbyTasks = isTelling ? Lists(Owned.Standby) : null,
            WarmupTasks = isTelling ? Lists(Owned.Warmup) : null,
        };
    }

    public Request Leave(int epoch) => new() { GroupId = "g", MemberId = id, InstanceId = instanceId, MemberEpoch = epoch };

    /// <summary>The request or its answer was lost.</summary>
    public void Miss() => _said = null;

    public void Hear(Answer answer)
    {
        if (answer.ErrorCode != ErrorCode.None) _said = null;
        if (answer.ErrorCode is ErrorCode.UnknownMemberId or ErrorCode.FencedMemberEpoch or ErrorCode.GroupIdNotFound or ErrorCode.FencedInstanceId)
        {
            GiveEverythingUp();
            return;
        }
        if (answer.ErrorCode != ErrorCode.None) return;
        Epoch = answer.MemberEpoch;
        if (answer.ActiveTasks is not null) _told = new MemberTasks(Read(answer.ActiveTasks), Read(answer.StandbyTasks!), Read(answer.WarmupTasks!));
    }

    /// <summary>First it gives up, and only then takes what is new: as a client does that finishes its records first.</summary>
    public void Follow() => Owned = Owned.IsWithin(_told) ? _told : new MemberTasks(
        Owned.Active.Intersect(_told.Active).ToHashSet(), Owned.Standby.Intersect(_told.Standby).ToHashSet(), Owned.Warmup.Intersect(_told.Warmup).ToHashSet());

    public void GiveEverythingUp() => (Epoch, _told, Owned, _said) = (0, MemberTasks.None, MemberTasks.None, null);

    private static List<Request.TaskIds> Lists(IReadOnlySet<TaskId> tasks) =>
        TaskLists.Of(tasks, (subtopology, partitions) => new Request.TaskIds { SubtopologyId = subtopology, Partitions = partitions });

    private static HashSet<TaskId> Read(List<Answer.TaskIds> lists) => TaskLists.Read(lists, list => (list.SubtopologyId, list.Partitions));
}
