namespace Moldau.Coordination.Groups.Modern;

/// <summary>How long an assignment stands at least, so that members that come one by one do not each make another.</summary>
internal static class AssignmentInterval
{
    /// <summary>A clock that was set back must not hold the next assignment up for longer than the interval.</summary>
    public static bool HasPassed(long madeMs, int intervalMs, Turn turn)
    {
        long stoodMs = turn.UtcMs - madeMs;
        return stoodMs < 0 || stoodMs >= intervalMs;
    }
}
