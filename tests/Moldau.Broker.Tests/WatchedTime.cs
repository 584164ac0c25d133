using Microsoft.Extensions.Time.Testing;

namespace Moldau.Broker.Tests;

/// <summary>Stands still until it is moved, and tells when somebody begins to wait for just as long as this.</summary>
internal sealed class WatchedTime(TimeSpan wait) : FakeTimeProvider(DateTimeOffset.UtcNow)
{
    private readonly TaskCompletionSource _waitBegun = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Task WaitBegun => _waitBegun.Task;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = base.CreateTimer(callback, state, dueTime, period);
        if (dueTime == wait) _waitBegun.TrySetResult();
        return timer;
    }
}
