using Moldau.Protocol;

namespace Moldau.Coordination.Groups.Classic;

/// <summary>How members come into a group and go from it, and what that means for the rebalance.</summary>
internal static class Membership
{
    /// <summary>A new member, whose join is parked until the join phase ends.</summary>
    public static void Admit(ClassicGroup group, GroupMember member, Turn turn)
    {
        member.IsNew = true;
        if (group.InitialDelay is { } delay) group.InitialDelay = delay with { HasNewcomer = true };
        group.Add(member);
        Sessions.ExtendBy(turn.Settings.FirstJoinTimeoutMs, group, member, turn);
        Rebalance.MembersChanged(group, turn);
    }

    /// <summary>Removes a member and whatever of it is parked, and lets the group go on without it.</summary>
    public static void Drop(ClassicGroup group, GroupMember member, Turn turn)
    {
        Remove(group, member, turn);
        Rebalance.MembersChanged(group, turn);
    }

    /// <summary>
    /// Removes a member only. What is parked of it is answered, so that a client that lives on comes back as a new member.
    /// </summary>
    public static void Remove(ClassicGroup group, GroupMember member, Turn turn)
    {
        JoinReplies.Refuse(member, ErrorCode.UnknownMemberId, memberId: "", turn);
        Syncs.Refuse(member, ErrorCode.UnknownMemberId, turn);
        Sessions.Stop(group, member, turn);
        group.Remove(member);
    }

    /// <summary>Gives a client the id with which it has to join within its session timeout.</summary>
    public static void HandOutId(ClassicGroup group, string memberId, int sessionTimeoutMs, Turn turn)
    {
        long endsMs = turn.NowMs + sessionTimeoutMs;
        group.IdsHandedOut.Add(memberId, endsMs);
        turn.Decision.Arm(HandedOutKey(group, memberId), endsMs);
    }

    public static bool TakeBackId(ClassicGroup group, string memberId, Turn turn)
    {
        if (!group.IdsHandedOut.Remove(memberId)) return false;
        turn.Decision.Cancel(HandedOutKey(group, memberId));
        return true;
    }

    public static void HandedOutTimerFired(ClassicGroup group, string memberId, Turn turn)
    {
        if (!group.IdsHandedOut.TryGetValue(memberId, out long endsMs) || endsMs > turn.NowMs) return;
        group.IdsHandedOut.Remove(memberId);
        Rebalance.EndJoinPhaseIfComplete(group, turn);
    }

    private static TimerKey HandedOutKey(ClassicGroup group, string memberId) => new(TimerKind.MemberIdHandedOut, group.Id, memberId);
}
