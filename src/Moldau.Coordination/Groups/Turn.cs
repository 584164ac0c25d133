namespace Moldau.Coordination.Groups;

/// <summary>One input's turn: the time at which it is judged, the settings in force, and the decision that takes shape.</summary>
internal sealed record Turn(Decision<CoordinatorRecord> Decision, long NowMs, GroupSettings Settings);
