using Moldau.Protocol;
using Moldau.Protocol.Messages;

namespace Moldau.Coordination.Groups.Classic;

/// <summary>The living groups of the classic protocol in one shard: the soft half of their state.</summary>
internal sealed class ClassicGroups(DurableGroups durable)
{
    private readonly Dictionary<string, ClassicGroup> _living = [];

    public IReadOnlyCollection<ClassicGroup> All => _living.Values;

    public ClassicGroup? Find(string groupId) => _living.GetValueOrDefault(groupId);

    public ClassicGroup Create(string groupId, Turn turn)
    {
        var group = new ClassicGroup(groupId);
        group.Enter(GroupPhase.Empty, turn.UtcMs);
        _living.Add(groupId, group);
        return group;
    }

    /// <summary>A group that was of another protocol until now.</summary>
    public void Adopt(ClassicGroup group, Turn turn)
    {
        _living.Add(group.Id, group);
        foreach (var member in group.Members) Sessions.Extend(group, member, turn);
        Rebalance.MembersChanged(group, turn);
    }

    /// <summary>The group is gone, or is of another protocol from now on. Whoever is parked in it gets the error.</summary>
    public void Remove(string groupId, ErrorCode error, Turn turn)
    {
        if (!_living.Remove(groupId, out var group)) return;
        turn.Removed[groupId] = group.LastGeneration;
        foreach (string memberId in group.IdsHandedOut.Keys.ToList()) Membership.TakeBackId(group, memberId, turn);
        foreach (var member in group.Members)
        {
            JoinReplies.Refuse(member, error, member.Id, turn);
            Syncs.Refuse(member, error, turn);
            Sessions.Stop(group, member, turn);
        }
        Rebalance.StopTimers(group, turn);
    }

    /// <summary>The limit of members may have been lowered since: then they join again, and the last to come stay out.</summary>
    public void Restore(string groupId, Turn turn)
    {
        var group = _living[groupId] = GroupRestoration.Restore(groupId, durable.Group(groupId), turn);
        if (group.Members.Count > turn.Settings.MembersMax) Rebalance.MembersChanged(group, turn);
    }

    public void Join(JoinGroupRequest request, Caller caller, Turn turn)
    {
        var group = Find(request.GroupId);
        if (group is null && request.MemberId.Length > 0)
        {
            Joins.Refuse(ErrorCode.UnknownMemberId, request.MemberId, caller, turn);
            return;
        }
        if (group is null)
        {
            group = Create(request.GroupId, turn);
            turn.Decision.Append(GroupRecords.OfEmpty(group));
        }
        Joins.Join(group, request, caller, turn);
    }

    public void Sync(SyncGroupRequest request, Caller caller, Turn turn)
    {
        if (Find(request.GroupId) is { } group) Syncs.Sync(group, request, caller, turn);
        else turn.Decision.Reply(caller.Token, Syncs.Refusal(ErrorCode.UnknownMemberId));
    }

    public ErrorCode Heartbeat(HeartbeatRequest request, Turn turn) =>
        Find(request.GroupId) is { } group ? Heartbeats.Judge(group, request, turn) : ErrorCode.UnknownMemberId;

    public void TimerFired(TimerKey key, Turn turn)
    {
        if (Find(key.Subject) is not { } group) return;
        switch (key.Kind)
        {
            case TimerKind.MemberSession: Sessions.TimerFired(group, key.Part, turn); break;
            case TimerKind.MemberIdHandedOut: Membership.HandedOutTimerFired(group, key.Part, turn); break;
            case TimerKind.JoinPhase: Rebalance.JoinTimerFired(group, turn); break;
            case TimerKind.SyncPhase: Rebalance.SyncTimerFired(group, turn); break;
        }
    }
}
