namespace Moldau.Coordination.Groups;

/// <summary>
/// The deadlines of one group. One that is moved away keeps its timer, which looks again when it fires: a heartbeat costs no timer.
/// </summary>
internal sealed class Deadlines
{
    private readonly Dictionary<TimerKey, Deadline> _running = [];

    public bool IsSet(TimerKey key) => _running.ContainsKey(key);

    /// <summary>Sets the deadline, or moves it.</summary>
    public void Set(TimerKey key, long delayMs, Turn turn)
    {
        long endsMs = turn.NowMs + delayMs;
        if (_running.TryGetValue(key, out var running) && running.FiresMs <= endsMs)
        {
            _running[key] = running with { EndsMs = endsMs };
            return;
        }
        _running[key] = new Deadline(endsMs, endsMs);
        turn.Decision.Arm(key, endsMs);
    }

    /// <summary>Leaves a deadline that is set already where it is.</summary>
    public void SetIfAbsent(TimerKey key, long delayMs, Turn turn)
    {
        if (!IsSet(key)) Set(key, delayMs, turn);
    }

    public void Cancel(TimerKey key, Turn turn)
    {
        if (_running.Remove(key)) turn.Decision.Cancel(key);
    }

    public void CancelAll(Turn turn)
    {
        foreach (var key in _running.Keys) turn.Decision.Cancel(key);
        _running.Clear();
    }

    /// <summary>Whether the deadline has passed; then it is no longer set. A timer that came early is armed again.</summary>
    public bool HasPassed(TimerKey key, Turn turn)
    {
        if (!_running.TryGetValue(key, out var running) || running.FiresMs > turn.NowMs) return false;
        if (running.EndsMs <= turn.NowMs) return _running.Remove(key);
        _running[key] = running with { FiresMs = running.EndsMs };
        turn.Decision.Arm(key, running.EndsMs);
        return false;
    }

    /// <param name="EndsMs">When it passes.</param>
    /// <param name="FiresMs">When its timer fires: never later than that.</param>
    private readonly record struct Deadline(long EndsMs, long FiresMs);
}
