using Moldau.Cli.Tests.Clients;
using Moldau.Protocol;

namespace Moldau.Cli.Tests.Commands;

public class TransactionTests
{
    [Fact]
    public async Task An_open_transaction_is_listed_described_and_aborted_and_its_producer_is_fenced()
    {
        await using var broker = await TestBroker.WithTopicAsync("t", 2);
        string[] at = ["--brokers", broker.Address], json = ["-o", "json", .. at];
        using var writer = await TransactionalWriter.StartAsync(broker, "till");
        Assert.Contains("\"state\":\"Empty\",", (await RunAsync(["list", .. json])).Data, StringComparison.Ordinal);
        await writer.AddAsync("t", 0, 1);
        Assert.Equal(ErrorCode.None, await writer.WriteAsync("t", 0, records: 2, DateTimeOffset.UtcNow));

        Assert.Equal("till\n", (await RunAsync(["list", "--state", "ongoing", .. at])).Data);
        Assert.Matches(
            $$"""^{"transactionalId":"till","state":"Ongoing","producerId":{{writer.ProducerId}},"began":"20[^"]+Z","coordinator":"{{broker.Address}}"}\n$""",
            (await RunAsync(["list", .. json])).Data);
        var described = await RunAsync(["describe", "till", .. at]);
        Assert.Matches(
            $"^transactional id\ttill\nstate\tOngoing\nproducer id\t{writer.ProducerId}\nproducer epoch\t{writer.Epoch}\ntimeout\t60000 ms\nbegan\t.* ago, at .*Z\npartitions\tt:0-1\n"
            + $"coordinator\t{broker.Address}\n$",
            described.Data);
        Assert.Contains("`moldau transaction abort till` does so now", described.Notes, StringComparison.Ordinal);

        var aborted = await RunAsync(["abort", "till", .. json]);
        Assert.Equal(
            $$"""{"transactionalId":"till","producerId":{{writer.ProducerId}},"producerEpoch":{{writer.Epoch}},"partitions":[{"topic":"t","partition":0},{"topic":"t","partition":1}],"aborted":true}"""
            + "\n",
            aborted.Data);
        Assert.Contains("Its producer is fenced", aborted.Notes, StringComparison.Ordinal);
        Assert.Equal(ErrorCode.ProducerFenced, await writer.EndAsync(commits: true));
        Assert.Contains("\"state\":\"CompleteAbort\",", (await RunAsync(["describe", "till", .. json])).Data, StringComparison.Ordinal);

        var again = await RunAsync(["abort", "till", .. at]);
        Assert.Equal((1, ""), (again.ExitCode, again.Data));
        Assert.Contains("The transactional id till has no open transaction (CompleteAbort)", again.Notes, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_list_holds_what_its_filters_let_through()
    {
        await using var broker = await TestBroker.WithTopicAsync("t");
        string[] at = ["--brokers", broker.Address];
        Assert.Contains("There are no transactional ids.", (await RunAsync(["list", .. at])).Notes, StringComparison.Ordinal);
        using var one = await TransactionalWriter.StartAsync(broker, "shop-1");
        using var two = await TransactionalWriter.StartAsync(broker, "shop-2");
        await two.AddAsync("t", 0);
        Assert.Equal("shop-1\nshop-2\n", (await RunAsync(["list", .. at])).Data);
        Assert.Equal("shop-1\n", (await RunAsync(["list", "--state", "Empty", .. at])).Data);
        Assert.Equal("shop-1\nshop-2\n", (await RunAsync(["list", "--state", "Empty", "--state", "Ongoing", .. at])).Data);
        Assert.Equal("shop-2\n", (await RunAsync(["list", "--pattern", "s.*2", .. at])).Data);
        // The broker counts one without a transaction among those that are open for long.
        var none = await RunAsync(["list", "--longer-than", "P1D", .. at]);
        Assert.Equal((0, ""), (none.ExitCode, none.Data));
        Assert.Contains("no such transactional ids", none.Notes, StringComparison.Ordinal);
        var wrong = await RunAsync(["list", "--pattern", "(", .. at]);
        Assert.Equal(2, wrong.ExitCode);
        Assert.Contains("The broker takes no '(' as a pattern", wrong.Notes, StringComparison.Ordinal);
        Assert.Contains("Nothing was done.", wrong.Notes, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("describe")]
    [InlineData("abort")]
    public async Task An_id_that_does_not_exist_is_told_with_the_nearest_that_does(string verb)
    {
        await using var broker = await TestBroker.StartAsync();
        var none = await RunAsync([verb, "till", "--brokers", broker.Address]);
        Assert.Equal(1, none.ExitCode);
        Assert.Contains("There is no transactional id till on", none.Notes, StringComparison.Ordinal);
        using var writer = await TransactionalWriter.StartAsync(broker, "tills");
        Assert.Contains("Is tills meant?", (await RunAsync([verb, "till", "--brokers", broker.Address])).Notes, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_list_is_shown_also_where_another_broker_does_not_answer_and_that_one_is_named()
    {
        await using var broker = await TestBroker.WithTopicAsync("t");
        using var writer = await TransactionalWriter.StartAsync(broker, "till");
        // Nothing listens on port 1 of this machine.
        await using var cluster = new Relay(broker) { CompanionPort = 1 };
        var list = await RunAsync(["list", "--brokers", cluster.Address]);
        Assert.Equal((1, "till\n"), (list.ExitCode, list.Data));
        Assert.Contains("The broker 127.0.0.1:1 did not say which transactions it has: ", list.Notes, StringComparison.Ordinal);
        Assert.Equal(0, (await RunAsync(["describe", "till", "--brokers", cluster.Address])).ExitCode);
    }

    private static Task<CommandRun> RunAsync(string[] arguments) => CommandRun.OfAsync("", ["transaction", .. arguments]);
}
