using Moldau.Coordination.Groups.Modern;

namespace Moldau.Coordination.Groups.Share;

/// <summary>The soft half of a share group.</summary>
internal sealed class ShareGroupWatch(string groupId) : MemberWatch(groupId)
{
    /// <summary>When the share coordinator was last asked to begin partitions, on the timers' clock; null where it was not since the start.</summary>
    public long? InitializeAskedMs { get; set; }

    public void ExtendSession(string memberId, ShareGroupSettings settings, Turn turn) =>
        Deadlines.Set(SessionKey(memberId), settings.SessionTimeoutMs.Value, turn);
}
