using Moldau.Coordination.Groups.Modern;
using Moldau.Coordination.Metadata;
using Answer = Moldau.Protocol.Messages.StreamsGroupHeartbeatResponse;
using Request = Moldau.Protocol.Messages.StreamsGroupHeartbeatRequest;

namespace Moldau.Coordination.Groups.Streams;

/// <summary>
/// StreamsGroupHeartbeat of a member that is there or joins: it says what it is and owns, the group looks for its topics and gets a new
/// target if that is needed, and the member goes a step towards its own.
/// </summary>
internal static class StreamsHeartbeats
{
    public static Answer Heartbeat(StreamsGroupDraft group, Request request, Caller caller)
    {
        bool joins = request.MemberEpoch == MemberEpochs.Joining;
        var brought = request.Topology is { } topology ? TopologyRequests.ToStored(topology) : null;
        bool isNewcomer = joins && group.Members.Find(request.MemberId) is null
            && (request.InstanceId is not { } instance || group.Members.OfInstance(instance) is null);
        if (isNewcomer && group.Members.Count >= group.Settings.MembersMax)
            return StreamsAnswers.Refused(MemberIdentity.Full(group.Id, group.Settings.MembersMax));

        var owned = OwnedBy(request);
        var refusal = Find(group, request, owned, out var former, out var replaced);
        if (refusal.IsNone && brought is not null) refusal = TopologyRules.Check(brought);
        if (refusal.IsNone && brought is not null) refusal = StreamsHeartbeatRules.CheckTopology(group, brought);
        var known = group.Topology ?? brought;
        if (refusal.IsNone && known is not null) refusal = StreamsHeartbeatRules.CheckOwned(group.Watch.Resolve(known, group.Turn), owned);
        if (!refusal.IsNone) return StreamsAnswers.Refused(refusal);

        if (replaced is not null)
        {
            group.Replace(replaced, former!);
            group.Watch.Forget(replaced.Id, group.Turn);
        }
        bool isNew = group.Members.Find(former!.Id) is null;
        var member = Updated(former, request, caller);
        TakeOffsets(group.Watch, request);
        if (isNew && group.WasEmpty) BeginInitialDelay(group);
        bool countsAsChange = Describe(group, member, isNew ? null : former);
        if (group.Topology is null && brought is not null) group.SetTopology(brought);
        TopologyEpochs.Refresh(group, countsAsChange);
        string? delay = StreamsTargets.UpdateIfDue(group);
        var reconciled = Reconcile(group, member, owned, isNew);
        group.Watch.Deadlines.Set(group.Watch.SessionKey(member.Id), group.Settings.SessionTimeoutMs.Value, group.Turn);
        if (request.ShutdownApplication) group.Watch.ShutdownRequester ??= member.Id;
        bool saysEverything = request.RebalanceTimeoutMs != -1 && owned is not null;
        bool missedItsAnswer = request.MemberEpoch != former.Epoch;
        return StreamsAnswers.Of(group, reconciled, new StreamsAnswers.Occasion(request, caller.ApiVersion)
        {
            IsTold = joins || saysEverything || missedItsAnswer || !reconciled.Assigned.IsSameAs(former.Assigned),
            Delay = delay,
        });
    }

    /// <summary>The member as it was: a new one where a client joins, and one that takes another's place where its instance comes back.</summary>
    private static Refusal Find(
        StreamsGroupDraft group, Request request, MemberTasks? owned, out StreamsMember? member, out StreamsMember? replaced)
    {
        (member, replaced) = (null, null);
        bool joins = request.MemberEpoch == MemberEpochs.Joining;
        if (joins && request.InstanceId is { } instance)
        {
            var taken = MemberIdentity.FindHolder(
                group.Members, request.MemberId, instance, holder => holder.Epoch == MemberEpochs.Away, out replaced);
            if (!taken.IsNone) return taken;
            if (replaced is not null)
            {
                member = replaced with { Id = request.MemberId, Epoch = 0, PreviousEpoch = 0 };
                return default;
            }
        }
        else if (!joins)
        {
            var unknown = MemberIdentity.Find(group.Members, group.Id, request.MemberId, request.InstanceId, out _);
            if (!unknown.IsNone) return unknown;
        }
        var found = group.Members.Find(request.MemberId) ?? new StreamsMember { Id = request.MemberId };
        member = found;
        return MemberIdentity.CheckEpoch(found, request.MemberEpoch, () => owned is not null && owned.IsWithin(found.Assigned));
    }

    private static StreamsMember Updated(StreamsMember member, Request request, Caller caller) => member with
    {
        InstanceId = request.InstanceId ?? member.InstanceId,
        RackId = request.RackId ?? member.RackId,
        ClientId = caller.ClientId,
        ClientHost = caller.ClientHost,
        RebalanceTimeoutMs = request.RebalanceTimeoutMs == -1 ? member.RebalanceTimeoutMs : request.RebalanceTimeoutMs,
        TopologyEpoch = request.Topology?.Epoch ?? member.TopologyEpoch,
        ProcessId = request.ProcessId ?? member.ProcessId,
        Endpoint = request.UserEndpoint is { } endpoint ? new StreamsEndpoint(endpoint.Host, endpoint.Port) : member.Endpoint,
        Tags = request.ClientTags is { } tags ? TagsOf(tags) : member.Tags,
    };

    /// <summary>Stores what the member says of itself, and returns whether that makes another assignment necessary.</summary>
    private static bool Describe(StreamsGroupDraft group, StreamsMember member, StreamsMember? former)
    {
        if (former is not null && member.SaysTheSameAs(former)) return false;
        group.PutDescription(member);
        // What does not concern assignments may change for a static member: it is still the same instance.
        return former is null || member.InstanceId is null || !member.IsAssignedLike(former);
    }

    /// <summary>Members of an application start one after the other: the first would get all tasks, and give most of them up at once.</summary>
    private static void BeginInitialDelay(StreamsGroupDraft group)
    {
        int delayMs = group.Settings.InitialDelayMs.Value;
        if (delayMs > 0) group.Watch.Deadlines.SetIfAbsent(group.Watch.InitialAssignmentKey, delayMs, group.Turn);
    }

    /// <summary>As long as the first assignment is waited for, members have nothing and stay in the epoch of the last target.</summary>
    private static StreamsMember Reconcile(StreamsGroupDraft group, StreamsMember member, MemberTasks? owned, bool isNew)
    {
        var reconciled = TaskReconciliation.Step(member, new TaskGoal
        {
            TargetEpoch = group.TargetEpoch,
            Target = group.Watch.IsDelayed ? MemberTasks.None : group.Target(member.Id) ?? MemberTasks.None,
            OthersWith = task => group.OthersWith(task, member.Id),
            Owned = owned,
        });
        if (ReferenceEquals(reconciled, member) && !isNew) return member;
        group.PutAssignment(reconciled);
        group.Watch.WatchRevocation(reconciled, group.Turn);
        return reconciled;
    }

    private static MemberTasks? OwnedBy(Request request)
    {
        if (request is not { ActiveTasks: { } active, StandbyTasks: { } standby, WarmupTasks: { } warmup }) return null;
        return new MemberTasks(Read(active), Read(standby), Read(warmup));
    }

    private static HashSet<TaskId> Read(List<Request.TaskIds> lists) => TaskLists.Read(lists, static list => (list.SubtopologyId, list.Partitions));

    private static void TakeOffsets(StreamsGroupWatch watch, Request request)
    {
        if (request.TaskOffsets is null && request.TaskEndOffsets is null) return;
        var known = watch.OffsetsOf(request.MemberId);
        watch.SetOffsets(request.MemberId, new TaskOffsets(
            request.TaskOffsets is { } restored ? Read(restored) : known.Restored,
            request.TaskEndOffsets is { } ends ? Read(ends) : known.Ends));
    }

    private static Dictionary<TaskId, long> Read(List<Request.TaskOffset> told)
    {
        var offsets = new Dictionary<TaskId, long>();
        foreach (var offset in told) offsets[new TaskId(offset.SubtopologyId, offset.Partition)] = offset.Offset;
        return offsets;
    }

    private static Dictionary<string, string> TagsOf(List<Request.KeyValue> told)
    {
        var tags = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var tag in told) tags[tag.Key] = tag.Value;
        return tags;
    }
}
