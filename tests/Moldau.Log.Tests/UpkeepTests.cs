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
}
