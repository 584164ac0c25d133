using Moldau.Coordination.Groups.Consumer;
using Moldau.Coordination.Metadata;

namespace Moldau.Coordination.Groups;

/// <summary>
/// One input's turn: the time at which it is judged, the settings and the cluster's metadata in force, and the decision that takes shape.
/// </summary>
internal sealed record Turn(Decision<CoordinatorRecord> Decision, Instant Now, GroupSettings Settings, ClusterImage Image, TopicsHash Hash)
{
    /// <summary>The classic groups that this turn removes, and of which generation their members were told last: it may not be stored.</summary>
    public Dictionary<string, int> Removed { get; } = new(StringComparer.Ordinal);

    /// <summary>For timers and sessions.</summary>
    public long NowMs => Now.TimerMs;

    /// <summary>For what is stored.</summary>
    public long UtcMs => Now.UtcMs;

    public ConsumerGroupSettings ConsumerSettings(string groupId) => Settings.Consumer.Of(groupId, Image);
}
