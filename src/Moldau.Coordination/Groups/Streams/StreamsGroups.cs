using Moldau.Coordination.Groups.Classic;
using Moldau.Coordination.Groups.Modern;
using Moldau.Protocol;
using Moldau.Protocol.Messages;
using Answer = Moldau.Protocol.Messages.StreamsGroupHeartbeatResponse;

namespace Moldau.Coordination.Groups.Streams;

/// <summary>The streams groups of one shard: their soft half, and what is asked of them.</summary>
internal sealed class StreamsGroups(DurableGroups durable, ClassicGroups classic)
{
    private readonly Dictionary<string, StreamsGroupWatch> _watches = [];

    public void Heartbeat(StreamsGroupHeartbeatRequest request, Caller caller, Turn turn) =>
        turn.Decision.Reply(caller.Token, AnswerTo(request, caller, turn));

    public StreamsGroupDescribeResponse.DescribedGroup Describe(string groupId, Turn turn) => durable.Streams(groupId) is { } group
        ? StreamsGroupDescriptions.Describe(group, WatchOf(groupId), turn)
        : StreamsGroupDescriptions.Missing(groupId);

    public void TimerFired(StreamsGroup group, TimerKey key, Turn turn)
    {
        var draft = Open(group, turn);
        if (!draft.Watch.Deadlines.HasPassed(key, turn)) return;
        if (key.Kind != TimerKind.InitialAssignment)
        {
            if (draft.Members.Find(key.Part) is { } late) StreamsLeaves.Remove(draft, late);
        }
        else if (draft.Members.Count > 0 && draft.Epoch > draft.TargetEpoch)
        {
            StreamsTargets.Update(draft);
        }
    }

    public void TopicsRefused(InternalTopicsRefused refused)
    {
        if (_watches.TryGetValue(refused.GroupId, out var watch)) watch.TopicsRefusal = refused.Reason;
    }

    public void Delete(StreamsGroup group, Turn turn)
    {
        foreach (var record in StreamsGroupRecords.GroupGone(group)) turn.Decision.Append(record);
        Forget(group.Id, turn);
    }

    /// <summary>
    /// What is waited for begins anew, as after a restart: members have a whole session to be heard of. Which of them heard the last answer is
    /// not known.
    /// </summary>
    public void Restore(StreamsGroup group, Turn turn)
    {
        var watch = WatchOf(group.Id);
        watch.LoadedMs = turn.UtcMs;
        if (group.Members.Any(member => member.Endpoint is not null)) watch.RestoreEndpoints(turn);
        int sessionMs = turn.Settings.Streams.Of(group.Id, turn.Image).SessionTimeoutMs.Value;
        foreach (var member in group.Members)
        {
            watch.Deadlines.Set(watch.SessionKey(member.Id), sessionMs, turn);
            watch.WatchRevocation(member, turn);
            watch.SetMayBeUntold(member.Id, true);
        }
    }

    /// <summary>When the last member left, or when the group was loaded where that is not stored; null while there are some.</summary>
    public long? EmptySinceMs(StreamsGroup group) => group.Members.Count > 0 ? null : group.EmptySinceMs ?? WatchOf(group.Id).LoadedMs;

    public void Forget(string groupId, Turn turn)
    {
        if (_watches.Remove(groupId, out var watch)) watch.Deadlines.CancelAll(turn);
    }

    private Answer AnswerTo(StreamsGroupHeartbeatRequest request, Caller caller, Turn turn)
    {
        var refusal = StreamsHeartbeatRules.CheckRequest(request);
        if (!refusal.IsNone) return StreamsAnswers.Refused(refusal);
        if (durable.Streams(request.GroupId) is not { } group)
        {
            if (request.MemberEpoch != MemberEpochs.Joining || !MayBecomeStreamsGroup(request.GroupId))
                return StreamsAnswers.Refused(StreamsHeartbeatRules.MissingGroup(request.GroupId));
            return JoinNewGroup(request, caller, turn);
        }
        var draft = Open(group, turn);
        return request.MemberEpoch < MemberEpochs.Joining ? Leave(draft, request) : StreamsHeartbeats.Heartbeat(draft, request, caller);
    }

    private bool MayBecomeStreamsGroup(string groupId) =>
        durable.Share(groupId) is null && durable.Consumer(groupId) is null && classic.Find(groupId) is null or { Phase: GroupPhase.Empty };

    /// <summary>A group that is new, or was an empty one of the classic protocol. If the join is refused, nothing has changed.</summary>
    private Answer JoinNewGroup(StreamsGroupHeartbeatRequest request, Caller caller, Turn turn)
    {
        var trial = turn with { Decision = new Decision<CoordinatorRecord>() };
        if (classic.Find(request.GroupId) is not null) trial.Decision.Append(GroupRecords.Gone(request.GroupId));
        var answer = StreamsHeartbeats.Heartbeat(Open(new StreamsGroup(request.GroupId), trial), request, caller);
        if (answer.ErrorCode != ErrorCode.None)
        {
            _watches.Remove(request.GroupId);
            return answer;
        }
        classic.Remove(request.GroupId, ErrorCode.UnknownMemberId, turn);
        turn.Decision.Add(trial.Decision);
        return answer;
    }

    private static Answer Leave(StreamsGroupDraft group, StreamsGroupHeartbeatRequest request)
    {
        // A client may say it with its last words only, and be known no more by then: the others stop all the same.
        if (request.ShutdownApplication && group.Members.Count > 0) group.Watch.AskForShutdown(request.MemberId);
        var refusal = MemberIdentity.Find(group.Members, group.Id, request.MemberId, request.InstanceId, out var leaving);
        if (!refusal.IsNone) return StreamsAnswers.Refused(refusal);
        if (request.MemberEpoch == MemberEpochs.Away) StreamsLeaves.GoAway(group, leaving!);
        else StreamsLeaves.Remove(group, leaving!);
        return StreamsAnswers.Left(request);
    }

    private StreamsGroupDraft Open(StreamsGroup group, Turn turn) => new(group, WatchOf(group.Id), turn);

    private StreamsGroupWatch WatchOf(string groupId)
    {
        if (!_watches.TryGetValue(groupId, out var watch)) _watches.Add(groupId, watch = new StreamsGroupWatch(groupId));
        return watch;
    }
}
