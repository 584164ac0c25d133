using Confluent.Kafka;
using Microsoft.Extensions.Time.Testing;
using Moldau.Cli.Clients;

namespace Moldau.Cli.Tests.Clients;

public class TroubleTests
{
    private static readonly Error Away = new(ErrorCode.Local_Transport, "Connection refused"), Slow = new(ErrorCode.Local_TimedOut, "Timed out");

    private readonly FakeTimeProvider _time = new();
    private readonly List<string> _told = [];
    private readonly Trouble _trouble;

    public TroubleTests() => _trouble = new Trouble(_told.Add, _time);

    [Fact]
    public void Troubles_that_take_turns_are_told_once_each()
    {
        foreach (var error in (Error[])[Away, Slow, Away, Slow])
        {
            _trouble.Tell(error);
            _time.Advance(TimeSpan.FromMinutes(1));
        }

        Assert.Equal(["A broker does not answer: Connection refused. Trying again.", "Timed out."], _told);
    }

    [Fact]
    public void A_second_outage_is_told_too()
    {
        TellTwice();
        _time.Advance(TimeSpan.FromMinutes(1));
        _trouble.GoesWell();
        TellTwice();
        Assert.Equal(2, _told.Count);
    }

    [Fact]
    public void One_broker_of_several_that_stays_away_is_not_told_at_each_message_of_the_others()
    {
        for (int i = 0; i < 100; i++)
        {
            _trouble.Tell(Away);
            _trouble.GoesWell();
            _time.Advance(TimeSpan.FromMilliseconds(150));
        }

        Assert.Equal(2, _told.Count);
    }

    private void TellTwice()
    {
        _trouble.Tell(Away);
        _trouble.Tell(Away);
    }
}
