using Microsoft.Extensions.Time.Testing;
using Moldau.Broker.Hosting;
using Moldau.Coordination;

namespace Moldau.Broker.Tests.Hosting;

public sealed class TimerQueueTests : IDisposable
{
    private readonly FakeTimeProvider _time = new();
    private readonly Owner _owner = new();
    private readonly BrokerClock _clock;
    private readonly TimerQueue _timers;

    public TimerQueueTests()
    {
        _clock = new BrokerClock(_time);
        _timers = new TimerQueue(_clock);
    }

    public void Dispose() => _timers.Dispose();

    [Fact]
    public async Task Timers_fire_in_the_order_of_their_deadlines()
    {
        Arm("late", 300);
        Arm("early", 100);
        Arm("middle", 200);
        _time.Advance(TimeSpan.FromMilliseconds(300));
        Assert.Equal(["early", "middle", "late"], [await _owner.NextAsync(), await _owner.NextAsync(), await _owner.NextAsync()]);
    }

    [Fact]
    public async Task A_moved_timer_fires_once_at_its_new_deadline()
    {
        Arm("moved", 100);
        Arm("moved", 300);
        Arm("other", 200);
        _time.Advance(TimeSpan.FromMilliseconds(299));
        Assert.Equal("other", await _owner.NextAsync());
        _time.Advance(TimeSpan.FromMilliseconds(1));
        Assert.Equal("moved", await _owner.NextAsync());
    }

    [Fact]
    public async Task A_cancelled_timer_does_not_fire()
    {
        Arm("cancelled", 100);
        _timers.Cancel(_owner, Key("cancelled"));
        Arm("last", 100);
        _time.Advance(TimeSpan.FromMilliseconds(100));
        Assert.Equal("last", await _owner.NextAsync());
    }

    [Fact]
    public async Task A_deadline_in_the_past_fires_at_once()
    {
        Arm("past", -5);
        Assert.Equal("past", await _owner.NextAsync());
    }

    [Fact]
    public async Task Many_moves_leave_no_more_than_one_timer()
    {
        for (int move = 0; move < 10_000; move++) Arm("moved", 100 + (move % 7));
        Arm("moved", 50);
        Arm("last", 200);
        _time.Advance(TimeSpan.FromMilliseconds(200));
        Assert.Equal(["moved", "last"], [await _owner.NextAsync(), await _owner.NextAsync()]);
    }

    private static TimerKey Key(string name) => new(TimerKind.MemberSession, name, "");

    private void Arm(string name, long deadlineMs) => _timers.Arm(_owner, Key(name), deadlineMs);

    private sealed class Owner : ITimerOwner
    {
        private readonly System.Threading.Channels.Channel<string> _fired = System.Threading.Channels.Channel.CreateUnbounded<string>();

        public void TimerFired(TimerKey key) => _fired.Writer.TryWrite(key.Subject);

        public ValueTask<string> NextAsync() => _fired.Reader.ReadAsync();
    }
}
