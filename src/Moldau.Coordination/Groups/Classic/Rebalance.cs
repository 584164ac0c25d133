namespace Moldau.Coordination.Groups.Classic;

/// <summary>From one generation to the next: the join phase, the sync phase, and what ends them.</summary>
internal static class Rebalance
{
    /// <summary>How long absent static members are waited for at least, each time: they may ask for no time at all.</summary>
    private const int AbsentWaitMsMin = 1_000;

    /// <summary>A member came, went or said something new. Members do not change the phase that already collects them.</summary>
    public static void MembersChanged(ClassicGroup group, Turn turn)
    {
        if (group.Phase == GroupPhase.PreparingRebalance) EndJoinPhaseIfComplete(group, turn);
        else if (group.Phase != GroupPhase.Empty || group.Members.Count > 0) BeginJoinPhase(group, turn);
    }

    public static void EndJoinPhaseIfComplete(ClassicGroup group, Turn turn)
    {
        if (group.Phase == GroupPhase.PreparingRebalance && group.InitialDelay is null && group.EveryoneHasJoined)
            EndJoinPhase(group, turn);
    }

    private static void BeginJoinPhase(ClassicGroup group, Turn turn)
    {
        bool isInitial = group.Phase == GroupPhase.Empty;
        if (group.Phase == GroupPhase.CompletingRebalance) Syncs.Abandon(group, turn);
        StopSyncTimer(group, turn);
        group.Enter(GroupPhase.PreparingRebalance, turn.UtcMs);

        if (isInitial) BeginInitialDelay(group, turn);
        else if (group.EveryoneHasJoined) EndJoinPhase(group, turn);
        else ArmJoinTimer(group, group.RebalanceTimeoutMs, turn);
    }

    /// <summary>The first members wait for more. Members to whom an id was handed out are not waited for beyond that.</summary>
    private static void BeginInitialDelay(ClassicGroup group, Turn turn)
    {
        int delayMs = turn.Settings.InitialRebalanceDelayMs;
        if (delayMs == 0)
        {
            EndJoinPhase(group, turn);
            return;
        }
        group.InitialDelay = new InitialDelay(Math.Max(group.RebalanceTimeoutMs - delayMs, 0));
        ArmJoinTimer(group, delayMs, turn);
    }

    public static void JoinTimerFired(ClassicGroup group, Turn turn)
    {
        if (group.JoinPhaseEndsMs is not { } endsMs || endsMs > turn.NowMs) return;
        if (group.InitialDelay is { HasNewcomer: true, LeftMs: > 0 } delay)
        {
            int delayMs = Math.Min(turn.Settings.InitialRebalanceDelayMs, delay.LeftMs);
            group.InitialDelay = new InitialDelay(delay.LeftMs - delayMs);
            ArmJoinTimer(group, delayMs, turn);
            return;
        }
        EndJoinPhase(group, turn);
    }

    private static void EndJoinPhase(ClassicGroup group, Turn turn)
    {
        StopJoinTimer(group, turn);
        group.InitialDelay = null;
        foreach (var absent in group.Members.Where(member => member is { ParkedJoin: null, InstanceId: null }).ToList())
            Membership.Remove(group, absent, turn);

        if (group.Members.Count == 0)
        {
            BecomeEmpty(group, turn);
            return;
        }
        // Static members may be absent and stay, but a generation needs a leader that is there.
        if (group.Members.All(member => member.ParkedJoin is null))
        {
            ArmJoinTimer(group, Math.Max(group.RebalanceTimeoutMs, AbsentWaitMsMin), turn);
            return;
        }
        if (group.Member(group.LeaderId!)!.ParkedJoin is null)
            group.LeaderId = group.Members.First(member => member.ParkedJoin is not null).Id;
        BeginSyncPhase(group, turn);
    }

    private static void BecomeEmpty(ClassicGroup group, Turn turn)
    {
        group.BeginGeneration();
        group.Protocol = null;
        group.SubscribedTopics = Subscriptions.Of(group);
        group.Enter(GroupPhase.Empty, turn.UtcMs);
        turn.Decision.Append(GroupRecords.OfEmpty(group));
    }

    private static void BeginSyncPhase(ClassicGroup group, Turn turn)
    {
        group.BeginGeneration();
        group.Protocol = ProtocolVote.Choose(group.Members);
        group.SubscribedTopics = Subscriptions.Of(group);
        group.Enter(GroupPhase.CompletingRebalance, turn.UtcMs);
        foreach (var member in group.Members)
        {
            JoinReplies.Release(member, parked => JoinReplies.Admission(group, member, parked.Version), turn);
            Sessions.Extend(group, member, turn);
            member.IsNew = false;
            member.OwesSync = true;
        }
        group.SyncPhaseEndsMs = turn.NowMs + group.RebalanceTimeoutMs;
        turn.Decision.Arm(SyncKey(group), group.SyncPhaseEndsMs.Value);
    }

    /// <summary>A member that joined and never asked for its assignment would hold its partitions idle.</summary>
    public static void SyncTimerFired(ClassicGroup group, Turn turn)
    {
        if (group.SyncPhaseEndsMs is not { } endsMs || endsMs > turn.NowMs) return;
        group.SyncPhaseEndsMs = null;
        var owing = group.Members.Where(member => member.OwesSync).ToList();
        foreach (var member in owing) Membership.Remove(group, member, turn);
        if (owing.Count > 0) MembersChanged(group, turn);
    }

    /// <summary>The member has asked for its assignment.</summary>
    public static void Synced(ClassicGroup group, GroupMember member, Turn turn)
    {
        member.OwesSync = false;
        if (group.Members.All(other => !other.OwesSync)) StopSyncTimer(group, turn);
    }

    /// <summary>The group is no longer there for them.</summary>
    public static void StopTimers(ClassicGroup group, Turn turn)
    {
        StopJoinTimer(group, turn);
        StopSyncTimer(group, turn);
    }

    private static void ArmJoinTimer(ClassicGroup group, int delayMs, Turn turn)
    {
        group.JoinPhaseEndsMs = turn.NowMs + delayMs;
        turn.Decision.Arm(JoinKey(group), group.JoinPhaseEndsMs.Value);
    }

    private static void StopJoinTimer(ClassicGroup group, Turn turn)
    {
        if (group.JoinPhaseEndsMs is null) return;
        group.JoinPhaseEndsMs = null;
        turn.Decision.Cancel(JoinKey(group));
    }

    private static void StopSyncTimer(ClassicGroup group, Turn turn)
    {
        if (group.SyncPhaseEndsMs is null) return;
        group.SyncPhaseEndsMs = null;
        turn.Decision.Cancel(SyncKey(group));
    }

    private static TimerKey JoinKey(ClassicGroup group) => new(TimerKind.JoinPhase, group.Id, "");

    private static TimerKey SyncKey(ClassicGroup group) => new(TimerKind.SyncPhase, group.Id, "");
}
