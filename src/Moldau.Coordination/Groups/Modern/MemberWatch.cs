using Moldau.Coordination.Metadata;

namespace Moldau.Coordination.Groups.Modern;

/// <summary>The soft half of a group whose members have epochs: what is waited for, and what was looked at. After a restart it begins anew.</summary>
internal abstract class MemberWatch(string groupId)
{
    public Deadlines Deadlines { get; } = new();

    /// <summary>The topics under which the group's hash was compared last.</summary>
    public TopicsImage? CheckedTopics { get; set; }

    /// <summary>When the group was read from its log, in UTC; null where it was made since then.</summary>
    public long? LoadedMs { get; set; }

    public TimerKey SessionKey(string memberId) => Key(TimerKind.MemberSession, memberId);

    public TimerKey RevocationKey(string memberId) => Key(TimerKind.MemberRevocation, memberId);

    /// <summary>The member is gone, and with it all that is waited for.</summary>
    public virtual void Forget(string memberId, Turn turn)
    {
        Deadlines.Cancel(SessionKey(memberId), turn);
        Deadlines.Cancel(RevocationKey(memberId), turn);
    }

    protected TimerKey Key(TimerKind kind, string part) => new(kind, groupId, part);

    /// <summary>
    /// A member that has to give something up has its rebalance timeout for it, from when it was told of the last. One that is away has given it
    /// up, and has its session to come back.
    /// </summary>
    protected void WatchRevocation(IModernMember member, bool hasToRevoke, int rebalanceTimeoutMs, Turn turn)
    {
        if (hasToRevoke && member.Epoch != MemberEpochs.Away) Deadlines.Set(RevocationKey(member.Id), rebalanceTimeoutMs, turn);
        else Deadlines.Cancel(RevocationKey(member.Id), turn);
    }
}
