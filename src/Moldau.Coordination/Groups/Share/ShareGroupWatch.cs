using Moldau.Coordination.Groups.Modern;

namespace Moldau.Coordination.Groups.Share;

/// <summary>The soft half of a share group.</summary>
internal sealed class ShareGroupWatch(string groupId) : MemberWatch(groupId)
{
    /// <summary>When the share coordinator was last asked for something, on the timers' clock; null where it is to be asked again.</summary>
    public long? StatesAskedMs { get; set; }

    public void ExtendSession(string memberId, ShareGroupSettings settings, Turn turn) =>
        Deadlines.Set(SessionKey(memberId), settings.SessionTimeoutMs.Value, turn);
}
