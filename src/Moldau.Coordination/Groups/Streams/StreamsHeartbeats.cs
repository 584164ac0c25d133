using Moldau.Coordination.Groups.Modern;
using Moldau.Coordination.Metadata;
using Moldau.Protocol.Messages;
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
        var brought = request.Topology is { } topology ? TopologyRequests.ToStored(topology) : null;
        var owned = OwnedBy(request);
        var refusal = Find(group, request, owned, out var former, out var replaced);
        if (refusal.IsNone) refusal = CheckTasks(group, brought, owned);
        if (refusal.IsNone) refusal = StreamsHeartbeatRules.CheckOffsets(request);
        if (!refusal.IsNone) return StreamsAnswers.Refused(refusal);

        if (replaced is not null)
        {
            group.Replace(replaced, former!);
            group.Watch.Forget(replaced.Id, group.Turn);
        }
        bool isNew = group.Members.Find(former!.Id) is null;
        var member = Updated(former, request, caller);
        TakeWhatIsNotStored(group, request);
        if (isNew && group.WasEmpty) BeginInitialDelay(group);
        bool countsAsChange = Describe(group, member, isNew ? null : former);
        if (group.Topology is null && brought is not null) group.SetTopology(brought);
        TakeOffsets(group, request);
        TopologyEpochs.Refresh(group, countsAsChange);
        string? delay = StreamsTargets.UpdateIfDue(group);
        var reconciled = Reconcile(group, member, owned, isNew);
        if (reconciled.IsAskedOtherwiseThan(former)) group.Watch.EndpointEpoch++;
        return StreamsAnswers.Of(group, reconciled, new StreamsAnswers.Occasion(request, caller.ApiVersion)
        {
            IsTold = MustBeTold(group, request, owned, former, reconciled),
            Delay = delay,
        });
    }

    /// <summary>The member as it was: a new one where a client joins, and one that takes another's place where its instance comes back.</summary>
    private static Refusal Find(
        StreamsGroupDraft group, Request request, MemberTasks? owned, out StreamsMember? member, out StreamsMember? replaced)
    {
        member = null;
        var sender = new HeartbeatSender(request.MemberId, request.InstanceId, request.MemberEpoch);
        var refusal = MemberIdentity.Admit(
            group.Members, group.Id, group.Settings.MembersMax, sender, holder => holder.Epoch == MemberEpochs.Away, out replaced);
        if (!refusal.IsNone) return refusal;
        member = replaced is not null
            ? replaced.SuccessorUnder(request.MemberId, group.TargetEpoch)
            : group.Members.Find(request.MemberId) ?? new StreamsMember { Id = request.MemberId };
        var found = member;
        return MemberIdentity.CheckEpoch(found, request.MemberEpoch, () => owned is not null && owned.IsWithin(found.Assigned));
    }

    private static Refusal CheckTasks(StreamsGroupDraft group, StreamsGroupTopologyValue? brought, MemberTasks? owned)
    {
        if (brought is not null)
        {
            if (TopologyRules.Check(brought) is { IsNone: false } senseless) return senseless;
            if (StreamsHeartbeatRules.CheckTopology(group, brought) is { IsNone: false } another) return another;
        }
        if ((group.Topology ?? brought) is not { } topology) return default;
        var resolved = group.Watch.Resolve(topology, group.Turn);
        return resolved.Refusal.IsNone ? StreamsHeartbeatRules.CheckOwned(resolved, owned) : resolved.Refusal;
    }

    /// <summary>
    /// Whoever joins or did not hear the last answer is told its tasks, and the others when they have changed. The epoch does not show an answer
    /// that was lost within it; but a client says after that what it owns, and is told if that is not what it has. Where it goes on to another
    /// epoch it is not, as in Kafka, since it may be about to take up what it heard of: then it is with its next heartbeat.
    /// </summary>
    private static bool MustBeTold(StreamsGroupDraft group, Request request, MemberTasks? owned, StreamsMember former, StreamsMember reconciled)
    {
        bool knows = owned is null ? !group.Watch.MayBeUntold(reconciled.Id) : reconciled.IsKnownTo(owned);
        bool isOfFormerEpoch = request.MemberEpoch != MemberEpochs.Joining && request.MemberEpoch != former.Epoch;
        bool isTold = request.MemberEpoch == MemberEpochs.Joining
            || isOfFormerEpoch
            || !reconciled.Assigned.IsSameAs(former.Assigned)
            || (!knows && reconciled.Epoch == former.Epoch);
        // One of a former epoch may come late, by a connection that nobody listens to any more.
        group.Watch.SetMayBeUntold(reconciled.Id, !knows && (!isTold || isOfFormerEpoch));
        return isTold;
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
        Endpoint = EndpointOf(member, request),
        Tags = request.ClientTags is { } tags ? TagsOf(tags) : member.Tags,
    };

    /// <summary>Who joins without one has none; later it need not say it again.</summary>
    private static StreamsEndpoint? EndpointOf(StreamsMember member, Request request)
    {
        if (request.UserEndpoint is { } endpoint) return new StreamsEndpoint(endpoint.Host, endpoint.Port);
        return request.MemberEpoch == MemberEpochs.Joining ? null : member.Endpoint;
    }

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

    private static void TakeWhatIsNotStored(StreamsGroupDraft group, Request request)
    {
        var watch = group.Watch;
        watch.Deadlines.Set(watch.SessionKey(request.MemberId), group.Settings.SessionTimeoutMs.Value, group.Turn);
        if (request.ShutdownApplication) watch.AskForShutdown(request.MemberId);
    }

    private static void TakeOffsets(StreamsGroupDraft group, Request request)
    {
        if (group.Topology is not { } topology || (request.TaskOffsets is null && request.TaskEndOffsets is null)) return;
        var tasks = group.Watch.Resolve(topology, group.Turn).Tasks;
        int copies = 1 + group.Settings.StandbyReplicas.Value;
        group.Watch.Offsets.Take(request.MemberId, request.TaskOffsets, request.TaskEndOffsets, tasks, copies);
    }

    private static Dictionary<string, string> TagsOf(List<Request.KeyValue> told)
    {
        var tags = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var tag in told) tags[tag.Key] = tag.Value;
        return tags;
    }
}
