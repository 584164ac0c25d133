using Moldau.Log.Upkeep;

namespace Moldau.Log.Tests;

public class UpkeepTests
{
    [Fact]
    public async Task A_stop_before_the_first_task_was_due_deletes_nothing()
    {
        var log = new TestLog(
            new LogSettings { SegmentBytes = 81, CleanupPolicy = CleanupPolicies.Delete, RetentionMs = 0 },
            options: options => options with { Threads = BackgroundThreads.Own });
        log.Clock.NowMs = 1_000_000;
        for (int i = 0; i < 3; i++) await log.Log.CommittedAsync(log.Append(new Batch().Build()).EndOffset);
        await log.RestartAsync();
        Assert.Equal([0, 1, 2], log.ReadBaseOffsets());
        await log.DisposeAsync();
    }

    [Fact]
    public async Task A_task_whose_interval_becomes_shorter_does_not_wait_for_the_end_of_the_long_one()
    {
        var runs = new[] { new TaskCompletionSource(), new TaskCompletionSource() };
        int done = 0;
        var task = new PeriodicTask("task", TimeSpan.FromDays(1), () => runs[Math.Min(done++, 1)].TrySetResult());
        using var worker = new PeriodicWorker("test", [task], TimeProvider.System, TimeSpan.Zero, (_, _) => { }, e => runs[1].TrySetException(e));
        await runs[0].Task;
        task.Interval = TimeSpan.Zero;
        worker.Reschedule();
        await runs[1].Task;
    }

    [Fact]
    public async Task A_task_that_fails_for_any_reason_is_told_and_comes_again()
    {
        var told = new TaskCompletionSource<Exception>();
        var again = new TaskCompletionSource();
        int runs = 0;
        var task = new PeriodicTask("task", TimeSpan.Zero, () =>
        {
            if (runs++ == 0) throw new ArgumentException("of this task alone");
            again.TrySetResult();
        });
        using var worker = new PeriodicWorker("test", [task], TimeProvider.System, TimeSpan.Zero, (_, e) => told.TrySetResult(e), e => again.TrySetException(e));
        await again.Task;
        Assert.Equal("of this task alone", (await told.Task).Message);
    }
}
