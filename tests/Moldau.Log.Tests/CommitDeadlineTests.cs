using Microsoft.Extensions.Time.Testing;
using Moldau.Log.Commit;

namespace Moldau.Log.Tests;

/// <summary>Who waits for a commit and has a deadline, while the disk does not answer: nobody runs a round.</summary>
public sealed class CommitDeadlineTests : IAsyncDisposable
{
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(250);

    private readonly FakeTimeProvider _time = new();
    private readonly TestLog _log;

    public CommitDeadlineTests()
    {
        _log = new TestLog(options: options => options with { Clock = _time });
        _log.Append(new Batch().Build());
    }

    public ValueTask DisposeAsync() => _log.DisposeAsync();

    [Fact]
    public async Task A_wait_ends_when_its_time_is_over_and_no_other_does()
    {
        var brief = _log.Log.CommittedAsync(1, DeadlineIn(seconds: 1));
        var patient = _log.Log.CommittedAsync(1, DeadlineIn(seconds: 30));
        var endless = _log.Log.CommittedAsync(1);
        _time.Advance(TimeSpan.FromSeconds(1) - Look);
        Assert.False(brief.IsCompleted);
        _time.Advance(Look);
        await brief;
        Assert.Equal((false, false, 0L), (patient.IsCompleted, endless.IsCompleted, _log.Log.HighWatermark));
        _log.Commit();
        await patient;
        await endless;
    }

    [Fact]
    public async Task Who_comes_when_his_time_is_over_does_not_wait()
    {
        var late = _log.Log.CommittedAsync(1, _time.GetTimestamp());
        Assert.True(late.IsCompleted);
        await late;
        Assert.Equal(0, _log.Log.HighWatermark);
    }

    [Fact]
    public async Task A_wait_that_comes_after_others_have_ended_has_its_deadline_too()
    {
        for (int i = 0; i < 3; i++)
        {
            var wait = _log.Log.CommittedAsync(1, DeadlineIn(seconds: 1));
            _time.Advance(TimeSpan.FromSeconds(1) - Look);
            Assert.False(wait.IsCompleted);
            _time.Advance(Look);
            await wait;
            _time.Advance(TimeSpan.FromMinutes(1));
        }
    }

    [Fact]
    public async Task Whoever_has_no_deadline_is_looked_at_no_more()
    {
        using var deadlines = new CommitDeadlines(_time);
        var waiters = new CommitWaiters(deadlines);
        var endless = waiters.WaitAsync(1);
        var brief = waiters.WaitAsync(1, DeadlineIn(seconds: 1));
        Assert.True(waiters.EndLate(_time.GetTimestamp()));
        Assert.False(waiters.EndLate(DeadlineIn(seconds: 1)));
        await brief;
        Assert.False(endless.IsCompleted);
    }

    private long DeadlineIn(int seconds) => _time.GetTimestamp() + seconds * _time.TimestampFrequency;
}
