using Confluent.Kafka;
using Moldau.Cli.Clients;
using Moldau.Cli.Commands.Transactions;

namespace Moldau.Cli.Tests.Commands;

/// <summary>What became of a transaction that was to be aborted, by what its coordinator says of the id afterwards.</summary>
public sealed class TransactionEndTests
{
    private static readonly DateTimeOffset Began = new(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);
    private static readonly BrokerMetadata Coordinator = new(1, "localhost", 9092);
    private static readonly TransactionView Open = View(TransactionView.Ongoing, epoch: 5);

    [Theory]
    [InlineData("Ongoing", 5, false, false, true)]
    [InlineData("PrepareAbort", 6, true, true, true)]
    [InlineData("PrepareCommit", 6, true, false, true)]
    [InlineData("CompleteAbort", 6, true, true, false)]
    [InlineData("CompleteCommit", 6, true, false, false)]
    public void Its_state_tells_how_it_ends(string state, int epoch, bool isDecided, bool isAbort, bool isUnderWay) =>
        Assert.Equal(new TransactionEnd(isDecided, isAbort, isUnderWay), TransactionEnd.Of(Open, View(state, epoch)));

    [Theory]
    [InlineData("CompleteCommit")]
    [InlineData("CompleteAbort")]
    [InlineData("Empty")]
    public void A_later_one_says_nothing_of_it(string state)
    {
        var end = TransactionEnd.Of(Open, View(state, epoch: 7));
        Assert.Equal((false, false), (end.IsDecided, end.IsUnderWay));
        Assert.Contains("cannot be told any more", end.Failure(Open).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_next_one_of_the_id_says_nothing_of_it()
    {
        var end = TransactionEnd.Of(Open, View(TransactionView.Ongoing, epoch: 6) with { Began = Began.AddSeconds(1) });
        Assert.Equal((false, false), (end.IsDecided, end.IsUnderWay));
    }

    [Fact]
    public void A_commit_that_came_first_is_told_as_one()
    {
        var committing = TransactionEnd.Of(Open, View(TransactionView.PrepareCommit, epoch: 6));
        Assert.Contains("has committed", committing.Failure(Open).Message, StringComparison.Ordinal);
        Assert.Contains("has committed", committing.Unfinished(Open).Message, StringComparison.Ordinal);
    }

    private static TransactionView View(string state, int epoch)
    {
        var view = new TransactionView("till", Coordinator) { State = state, ProducerId = 1000, ProducerEpoch = epoch };
        return view.IsOpen ? view with { Began = Began } : view;
    }
}
