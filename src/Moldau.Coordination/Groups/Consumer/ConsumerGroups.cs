using Moldau.Coordination.Groups.Classic;
using Moldau.Coordination.Groups.Modern;
using Moldau.Protocol;
using Moldau.Protocol.Messages;

namespace Moldau.Coordination.Groups.Consumer;

/// <summary>The consumer groups of one shard: their soft half, and what is asked of them.</summary>
internal sealed class ConsumerGroups(DurableGroups durable, ClassicGroups classic)
{
    private readonly Dictionary<string, ConsumerGroupWatch> _watches = [];

    public ConsumerGroup? Find(string groupId) => durable.Consumer(groupId);

    /// <summary>A group with what is about to change of it.</summary>
    public ConsumerGroupDraft Open(ConsumerGroup group, Turn turn) => new(group, WatchOf(group.Id), turn);

    public void Heartbeat(ConsumerGroupHeartbeatRequest request, Caller caller, Turn turn) =>
        turn.Decision.Reply(caller.Token, AnswerTo(request, caller, turn));

    public void TimerFired(ConsumerGroup group, TimerKey key, Turn turn)
    {
        var draft = Open(group, turn);
        if (!draft.Watch.Deadlines.HasPassed(key, turn)) return;
        if (key.Kind == TimerKind.PatternResolution) PatternResolution.Resolve(draft);
        else if (draft.Members.Find(key.Part) is { } late) Remove(group, draft, [late]);
    }

    /// <summary>Members leave, or are taken for gone. With the last one of the consumer protocol the group may become a classic one.</summary>
    public void Remove(ConsumerGroup group, ConsumerGroupDraft draft, IReadOnlyCollection<ConsumerMember> leaving)
    {
        if (GroupConversions.CanDowngrade(draft, leaving)) Downgrade(group, leaving, draft.Turn);
        else ConsumerLeaves.Remove(draft, leaving);
    }

    public void Downgrade(ConsumerGroup group, IReadOnlyCollection<ConsumerMember> leaving, Turn turn)
    {
        Forget(group.Id, turn);
        classic.Adopt(GroupConversions.Downgrade(group, leaving, turn), turn);
    }

    public void Delete(ConsumerGroup group, Turn turn)
    {
        foreach (var record in ConsumerGroupRecords.GroupGone(group)) turn.Decision.Append(record);
        Forget(group.Id, turn);
    }

    /// <summary>What is waited for begins anew, as after a restart: members have a whole session to be heard of.</summary>
    public void Restore(ConsumerGroup group, Turn turn)
    {
        var watch = WatchOf(group.Id);
        watch.LoadedMs = turn.UtcMs;
        var settings = turn.ConsumerSettings(group.Id);
        foreach (var member in group.Members)
        {
            watch.ExtendSession(member, settings, turn);
            watch.WatchRevocation(member, turn);
        }
    }

    /// <summary>When the last member left, or when the group was loaded where that is not stored; null while there are some.</summary>
    public long? EmptySinceMs(ConsumerGroup group) => group.Members.Count > 0 ? null : group.EmptySinceMs ?? WatchOf(group.Id).LoadedMs;

    public void Forget(string groupId, Turn turn)
    {
        if (_watches.Remove(groupId, out var watch)) watch.Deadlines.CancelAll(turn);
    }

    private ConsumerGroupHeartbeatResponse AnswerTo(ConsumerGroupHeartbeatRequest request, Caller caller, Turn turn)
    {
        var refusal = HeartbeatRules.CheckRequest(request, caller.ApiVersion, turn.ConsumerSettings(request.GroupId));
        if (!refusal.IsNone) return ConsumerHeartbeats.Refused(refusal);
        if (request.MemberId.Length == 0) request.MemberId = KafkaUuid.ToText(caller.FreshId);
        bool joins = request.MemberEpoch == MemberEpochs.Joining;
        if (Find(request.GroupId) is not { } group)
        {
            if (!joins || !MayBecomeConsumerGroup(request.GroupId, turn))
                return ConsumerHeartbeats.Refused(HeartbeatRules.MissingGroup(request.GroupId));
            return JoinNewGroup(request, caller, turn);
        }
        var draft = Open(group, turn);
        return request.MemberEpoch < MemberEpochs.Joining ? Leave(group, draft, request) : ConsumerHeartbeats.Heartbeat(draft, request, caller);
    }

    private bool MayBecomeConsumerGroup(string groupId, Turn turn)
    {
        if (durable.IsForOthers(groupId)) return false;
        return classic.Find(groupId) is not { } group
            || group.Phase == GroupPhase.Empty
            || GroupConversions.CanUpgrade(group, turn.ConsumerSettings(groupId));
    }

    /// <summary>A group that is new, was empty, or had members of the classic protocol only. If the join is refused, nothing has changed.</summary>
    private ConsumerGroupHeartbeatResponse JoinNewGroup(ConsumerGroupHeartbeatRequest request, Caller caller, Turn turn)
    {
        var trial = turn with { Decision = new Decision<CoordinatorRecord>() };
        var former = classic.Find(request.GroupId);
        var group = former is { Phase: not GroupPhase.Empty } ? GroupConversions.Upgrade(former, durable.Group(request.GroupId), trial) : new ConsumerGroup(request.GroupId);
        if (group is null) return ConsumerHeartbeats.Refused(HeartbeatRules.CannotUpgrade(request.GroupId));
        if (former is { Phase: GroupPhase.Empty }) trial.Decision.Append(GroupRecords.Gone(request.GroupId));
        Restore(group, trial);
        var response = ConsumerHeartbeats.Heartbeat(Open(group, trial), request, caller);
        if (response.ErrorCode != ErrorCode.None)
        {
            _watches.Remove(request.GroupId);
            return response;
        }
        classic.Remove(request.GroupId, ErrorCode.RebalanceInProgress, turn);
        turn.Decision.Add(trial.Decision);
        return response;
    }

    private ConsumerGroupHeartbeatResponse Leave(ConsumerGroup group, ConsumerGroupDraft draft, ConsumerGroupHeartbeatRequest request)
    {
        var refusal = MemberIdentity.Find(draft.Members, group.Id, request.MemberId, request.InstanceId, out var leaving);
        if (!refusal.IsNone) return ConsumerHeartbeats.Refused(refusal);
        if (request.MemberEpoch == MemberEpochs.Away) ConsumerLeaves.GoAway(draft, leaving!);
        else Remove(group, draft, [leaving!]);
        return new ConsumerGroupHeartbeatResponse { MemberId = request.MemberId, MemberEpoch = request.MemberEpoch };
    }

    private ConsumerGroupWatch WatchOf(string groupId)
    {
        if (!_watches.TryGetValue(groupId, out var watch)) _watches.Add(groupId, watch = new ConsumerGroupWatch(groupId));
        return watch;
    }
}
