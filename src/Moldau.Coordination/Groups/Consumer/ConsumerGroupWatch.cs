using Moldau.Coordination.Groups.Modern;
using Moldau.Coordination.Metadata;

namespace Moldau.Coordination.Groups.Consumer;

/// <summary>What is waited for in a consumer group, and what was looked at.</summary>
internal sealed class ConsumerGroupWatch(string groupId) : MemberWatch(groupId)
{
    /// <summary>The topics among which the group's patterns were looked up last.</summary>
    public TopicsImage? ResolvedTopics { get; set; }

    /// <summary>When they were looked up last, on the timers' clock.</summary>
    public long? ResolvedMs { get; set; }

    public TimerKey PatternKey => Key(TimerKind.PatternResolution, "");

    public TimerKey RejoinKey(string memberId) => Key(TimerKind.MemberRejoin, memberId);

    public TimerKey SyncKey(string memberId) => Key(TimerKind.MemberSync, memberId);

    public override void Forget(string memberId, Turn turn)
    {
        base.Forget(memberId, turn);
        Deadlines.Cancel(RejoinKey(memberId), turn);
        Deadlines.Cancel(SyncKey(memberId), turn);
    }

    /// <summary>All but the session, which its heartbeat or join prolongs.</summary>
    public void BeginAnew(ConsumerMember member, Turn turn)
    {
        Forget(member.Id, turn);
        WatchRevocation(member, turn);
    }

    /// <summary>A member of the classic protocol brings its own session timeout.</summary>
    public void ExtendSession(ConsumerMember member, ConsumerGroupSettings settings, Turn turn) =>
        Deadlines.Set(SessionKey(member.Id), member.Classic?.SessionTimeoutMs ?? settings.SessionTimeoutMs.Value, turn);

    /// <summary>Members of the classic protocol are told to join again instead.</summary>
    public void WatchRevocation(ConsumerMember member, Turn turn) =>
        WatchRevocation(member, member is { State: MemberState.UnrevokedPartitions, SpeaksClassic: false }, member.RebalanceTimeoutMs, turn);
}
