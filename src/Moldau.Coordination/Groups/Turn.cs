namespace Moldau.Coordination.Groups;

/// <summary>One input's turn: the time at which it is judged, the settings in force, and the decision that takes shape.</summary>
internal sealed record Turn(Decision<CoordinatorRecord> Decision, Instant Now, GroupSettings Settings)
{
    /// <summary>For timers and sessions.</summary>
    public long NowMs => Now.TimerMs;

    /// <summary>For what is stored.</summary>
    public long UtcMs => Now.UtcMs;
}
