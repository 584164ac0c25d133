using Moldau.Coordination.Metadata;

namespace Moldau.Coordination.Groups.Consumer;

/// <summary>The soft half of a consumer group: what is waited for, and what was looked at. After a restart it begins anew.</summary>
internal sealed class ConsumerGroupWatch(string groupId)
{
    public Deadlines Deadlines { get; } = new();

    /// <summary>The topics under which the group's hash was compared last.</summary>
    public TopicsImage? CheckedTopics { get; set; }

    /// <summary>The topics among which the group's patterns were looked up last.</summary>
    public TopicsImage? ResolvedTopics { get; set; }

    /// <summary>When they were looked up last, on the timers' clock.</summary>
    public long? ResolvedMs { get; set; }

    public TimerKey PatternKey => new(TimerKind.PatternResolution, groupId, "");

    public TimerKey SessionKey(string memberId) => new(TimerKind.MemberSession, groupId, memberId);

    public TimerKey RevocationKey(string memberId) => new(TimerKind.MemberRevocation, groupId, memberId);

    public TimerKey RejoinKey(string memberId) => new(TimerKind.MemberRejoin, groupId, memberId);

    public TimerKey SyncKey(string memberId) => new(TimerKind.MemberSync, groupId, memberId);

    /// <summary>The member is gone, and with it all that is waited for.</summary>
    public void Forget(string memberId, Turn turn)
    {
        Deadlines.Cancel(SessionKey(memberId), turn);
        Deadlines.Cancel(RevocationKey(memberId), turn);
        Deadlines.Cancel(RejoinKey(memberId), turn);
        Deadlines.Cancel(SyncKey(memberId), turn);
    }

    /// <summary>A member of the classic protocol brings its own session timeout.</summary>
    public void ExtendSession(ConsumerMember member, ConsumerGroupSettings settings, Turn turn) =>
        Deadlines.Set(SessionKey(member.Id), member.Classic?.SessionTimeoutMs ?? settings.SessionTimeoutMs.Value, turn);

    /// <summary>
    /// A member that has to give partitions up has its rebalance timeout for it, from when it was told of the last ones; classic ones are
    /// told to join again.
    /// </summary>
    public void WatchRevocation(ConsumerMember member, Turn turn)
    {
        bool hasToRevoke = member is { State: MemberState.UnrevokedPartitions, SpeaksClassic: false };
        if (hasToRevoke) Deadlines.Set(RevocationKey(member.Id), member.RebalanceTimeoutMs, turn);
        else Deadlines.Cancel(RevocationKey(member.Id), turn);
    }
}
