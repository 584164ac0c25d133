using Moldau.Broker.Hosting;
using Moldau.Coordination;

namespace Moldau.Broker.Tests.Simulation;

/// <summary>Fires behind all timers that are due, so that these have fired.</summary>
internal sealed class DueTimers : ITimerOwner
{
    private readonly TaskCompletionSource _passed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public static Task PassAsync(TimerQueue timers, long nowMs)
    {
        var behind = new DueTimers();
        timers.Arm(behind, new TimerKey(TimerKind.OffsetRetention, "", ""), nowMs);
        return behind._passed.Task;
    }

    void ITimerOwner.TimerFired(TimerKey key) => _passed.SetResult();
}
