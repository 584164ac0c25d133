namespace Moldau.Broker.Tests;

public sealed class BrokerPartsTests
{
    private readonly List<string> _closed = [];
    private readonly BrokerParts _parts = new();

    [Fact]
    public async Task Parts_are_closed_in_the_other_order_though_one_of_them_fails()
    {
        _parts.Add(new Part(this, "storage"));
        _parts.Add(new Part(this, "coordinators") { Failure = new InvalidOperationException("a timer is stuck") });
        _parts.Add(new Part(this, "network"));

        var failure = await Assert.ThrowsAsync<InvalidOperationException>(async () => await _parts.DisposeAsync());

        Assert.Equal("a timer is stuck", failure.Message);
        Assert.Equal(["network", "coordinators", "storage"], _closed);
    }

    private sealed class Part(BrokerPartsTests test, string name) : IAsyncDisposable
    {
        public Exception? Failure { get; init; }

        public ValueTask DisposeAsync()
        {
            test._closed.Add(name);
            return Failure is null ? ValueTask.CompletedTask : throw Failure;
        }
    }
}
