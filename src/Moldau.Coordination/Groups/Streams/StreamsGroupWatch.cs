using Moldau.Coordination.Groups.Modern;
using Moldau.Coordination.Metadata;
using Topology = Moldau.Protocol.Messages.StreamsGroupTopologyValue;

namespace Moldau.Coordination.Groups.Streams;

/// <summary>What is waited for in a streams group, and what its members said that is not stored.</summary>
internal sealed class StreamsGroupWatch(string groupId) : MemberWatch(groupId)
{
    /// <summary>Topics that could not be made, or whose making was lost, are asked for again after so long.</summary>
    private const int TopicsRetryMs = 1_000;

    private readonly HashSet<string> _untold = [];
    private (Topology Topology, TopicsImage Topics, ResolvedTopology Resolved)? _resolved;
    private long? _askedForTopicsMs;

    /// <summary>The member that asked for the end of the whole application; null where none did.</summary>
    public string? ShutdownRequester { get; private set; }

    /// <summary>Goes up when members with an endpoint get other tasks, or another endpoint; members tell which they know of.</summary>
    public int EndpointEpoch { get; set; }

    /// <summary>Why internal topics could not be made; null where nothing is known to have failed.</summary>
    public string? TopicsRefusal { get; set; }

    /// <summary>What members told of their tasks; of none that there cannot be under the topology that was looked at last.</summary>
    public GroupTaskOffsets Offsets { get; } = new();

    public TimerKey InitialAssignmentKey => Key(TimerKind.InitialAssignment, "");

    /// <summary>The first members of an empty group are still waited for.</summary>
    public bool IsDelayed => Deadlines.IsSet(InitialAssignmentKey);

    /// <summary>Members know one from before the restart. It must not come again for other endpoints, so it goes on from the clock.</summary>
    public void RestoreEndpoints(Turn turn) => EndpointEpoch = (int)(turn.UtcMs / 1_000 % int.MaxValue);

    public override void Forget(string memberId, Turn turn)
    {
        base.Forget(memberId, turn);
        Offsets.Forget(memberId);
        _untold.Remove(memberId);
    }

    /// <summary>The first one counts; a member asks with each of its heartbeats.</summary>
    public void AskForShutdown(string memberId) => ShutdownRequester ??= memberId;

    /// <summary>The group is empty: what its members asked for is over.</summary>
    public void ForgetAll(Turn turn)
    {
        Deadlines.Cancel(InitialAssignmentKey, turn);
        ShutdownRequester = null;
    }

    public void WatchRevocation(StreamsMember member, Turn turn) =>
        WatchRevocation(member, member.State == StreamsMemberState.UnrevokedTasks, member.RebalanceTimeoutMs, turn);

    /// <summary>Whether the member owned other tasks than it has when it said so last, or may have, and has not been told since.</summary>
    public bool MayBeUntold(string memberId) => _untold.Contains(memberId);

    public void SetMayBeUntold(string memberId, bool mayBeUntold)
    {
        if (mayBeUntold) _untold.Add(memberId);
        else _untold.Remove(memberId);
    }

    /// <summary>The topology under the turn's topics; looked at again only when one of them is another.</summary>
    public ResolvedTopology Resolve(Topology topology, Turn turn)
    {
        if (_resolved is not { } known || known.Topology != topology || known.Topics != turn.Image.Topics)
        {
            var resolved = TopologyResolution.Resolve(topology, turn.Image.Topics);
            _resolved = known = (topology, turn.Image.Topics, resolved);
            Offsets.Keep(resolved.Tasks);
            if (resolved.Fault?.Status != StreamsStatus.MissingInternalTopics) TopicsRefusal = null;
        }
        return known.Resolved;
    }

    /// <summary>Whether missing topics are to be asked for now, and not were a moment ago.</summary>
    public bool TakeTopicsTurn(Turn turn)
    {
        if (_askedForTopicsMs is { } askedMs && turn.NowMs - askedMs < TopicsRetryMs) return false;
        _askedForTopicsMs = turn.NowMs;
        return true;
    }
}
