using Moldau.Coordination.Groups.Modern;

namespace Moldau.Coordination.Groups.Share;

/// <summary>The soft half of a share group.</summary>
internal sealed class ShareGroupWatch(string groupId) : MemberWatch(groupId)
{
    /// <summary>What failed is tried again after so long, and not by each heartbeat of each member.</summary>
    private const int FailedRetryMs = 1_000;

    private long _askAgainMs = long.MinValue;

    /// <summary>The partitions with state of which the target was last seen to leave out none that anybody wants.</summary>
    public SharedTopics? Assigned { get; set; }

    /// <summary>The share coordinator is asked for something; there may be no answer.</summary>
    public void StatesAsked(ShareGroupSettings settings, Turn turn) => _askAgainMs = turn.NowMs + settings.InitializeRetryMs;

    public void StatesFailed(ShareGroupSettings settings, Turn turn) =>
        _askAgainMs = turn.NowMs + Math.Min(FailedRetryMs, settings.InitializeRetryMs);

    /// <summary>Whether the share coordinator is to be asked again for what is not settled.</summary>
    public bool MustAskAgain(Turn turn) => turn.NowMs >= _askAgainMs;

    public void ExtendSession(string memberId, ShareGroupSettings settings, Turn turn) =>
        Deadlines.Set(SessionKey(memberId), settings.SessionTimeoutMs.Value, turn);
}
