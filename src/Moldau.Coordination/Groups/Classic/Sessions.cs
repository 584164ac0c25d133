namespace Moldau.Coordination.Groups.Classic;

/// <summary>Members that fall silent are removed.</summary>
internal static class Sessions
{
    public static void Extend(ClassicGroup group, GroupMember member, Turn turn) => ExtendBy(member.SessionTimeoutMs, group, member, turn);

    /// <summary>
    /// Moves the end of the session. A timer that fires before it is left alone, since it will look again then: a heartbeat costs no timer.
    /// </summary>
    public static void ExtendBy(int timeoutMs, ClassicGroup group, GroupMember member, Turn turn)
    {
        member.SessionEndsMs = turn.NowMs + timeoutMs;
        if (member.SessionTimerMs is { } running && running <= member.SessionEndsMs) return;
        ArmTimer(group, member, turn);
    }

    public static void Stop(ClassicGroup group, GroupMember member, Turn turn)
    {
        if (member.SessionTimerMs is null) return;
        member.SessionTimerMs = null;
        turn.Decision.Cancel(KeyOf(group, member));
    }

    public static void TimerFired(ClassicGroup group, string memberId, Turn turn)
    {
        if (group.Member(memberId) is not { SessionTimerMs: { } due } member || due > turn.NowMs) return;
        member.SessionTimerMs = null;
        if (IsExcused(member)) return; // The answer it waits for begins a new session.
        if (member.SessionEndsMs > turn.NowMs) ArmTimer(group, member, turn);
        else Membership.Drop(group, member, turn);
    }

    /// <summary>A member that waits for our answer need not be heard of, but a new one must not wait for ever.</summary>
    private static bool IsExcused(GroupMember member) => !member.IsNew && (member.ParkedJoin is not null || member.ParkedSync is not null);

    private static void ArmTimer(ClassicGroup group, GroupMember member, Turn turn)
    {
        member.SessionTimerMs = member.SessionEndsMs;
        turn.Decision.Arm(KeyOf(group, member), member.SessionEndsMs);
    }

    private static TimerKey KeyOf(ClassicGroup group, GroupMember member) => new(TimerKind.MemberSession, group.Id, member.Id);
}
