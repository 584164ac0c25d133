namespace Moldau.Coordination.Tests;

/// <summary>The clock and the timers of a shard as a test's host keeps them.</summary>
internal sealed class VirtualTimers
{
    private const int FiredAtOnceMax = 10_000;

    private readonly Dictionary<TimerKey, long> _deadlines = [];
    private long _wallClockAheadMs = 1_000_000;

    public long NowMs { get; private set; }

    /// <summary>The wall clock is apart from that of the timers, so that a test shows which of them is used.</summary>
    public Instant Now => new(NowMs + _wallClockAheadMs, NowMs);

    public IReadOnlyCollection<TimerKey> Armed => _deadlines.Keys;

    public void Set(TimerChange change)
    {
        if (change.DeadlineMs is { } deadline) _deadlines[change.Key] = deadline;
        else _deadlines.Remove(change.Key);
    }

    public void SetWallClockBack(long ms) => _wallClockAheadMs -= ms;

    public void Clear() => _deadlines.Clear();

    /// <summary>Lets so much time pass and fires what is due, in order of time, each timer at its own.</summary>
    public void Advance(long ms, Action<TimerKey> fire)
    {
        long untilMs = NowMs + ms;
        int firedAtOnce = 0;
        while (_deadlines.Count > 0 && _deadlines.MinBy(timer => timer.Value) is var (key, dueMs) && dueMs <= untilMs)
        {
            _deadlines.Remove(key);
            firedAtOnce = dueMs > NowMs ? 0 : firedAtOnce + 1;
            Assert.True(firedAtOnce < FiredAtOnceMax, $"Timers fire at {NowMs} again and again.");
            NowMs = Math.Max(NowMs, dueMs);
            fire(key);
        }
        NowMs = untilMs;
    }
}
