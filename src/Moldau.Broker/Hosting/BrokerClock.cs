using Moldau.Coordination;

namespace Moldau.Broker.Hosting;

/// <summary>The broker's one clock, as state machines see it.</summary>
internal sealed class BrokerClock(TimeProvider time)
{
    private readonly long _start = time.GetTimestamp();

    public TimeProvider Time => time;

    public Instant Now => new(time.GetUtcNow().ToUnixTimeMilliseconds(), TimerMs);

    /// <summary>Milliseconds since the start, on the clock that timers go by.</summary>
    public long TimerMs => (long)time.GetElapsedTime(_start).TotalMilliseconds;
}
