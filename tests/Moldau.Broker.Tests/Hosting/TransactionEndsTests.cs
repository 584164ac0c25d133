using Moldau.Broker.Hosting;

namespace Moldau.Broker.Tests.Hosting;

public sealed class TransactionEndsTests
{
    private readonly TransactionEnds _ends = new();

    [Fact]
    public void All_that_wait_for_an_end_hear_of_it_and_nobody_else()
    {
        var (first, second, other) = (_ends.NextOf("a"), _ends.NextOf("a"), _ends.NextOf("b"));
        _ends.Reached("a");
        Assert.True(first.IsCompletedSuccessfully && second.IsCompletedSuccessfully);
        Assert.False(other.IsCompleted);
        Assert.False(_ends.NextOf("a").IsCompleted);
    }

    [Fact]
    public void An_end_that_is_forgotten_is_not_kept()
    {
        var end = _ends.NextOf("a");
        _ends.Forget("a", end);
        Assert.NotSame(end, _ends.NextOf("a"));
    }

    [Fact]
    public void Whoever_is_late_to_forget_takes_nothing_from_the_next()
    {
        var former = _ends.NextOf("a");
        _ends.Reached("a");
        var next = _ends.NextOf("a");
        _ends.Forget("a", former);
        _ends.Reached("a");
        Assert.True(next.IsCompletedSuccessfully);
    }
}
