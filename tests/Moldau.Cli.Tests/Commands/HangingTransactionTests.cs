using Confluent.Kafka;
using Moldau.Cli.Tests.Clients;
using Moldau.Protocol;
using Moldau.TestKit;
using ErrorCode = Moldau.Protocol.ErrorCode;

namespace Moldau.Cli.Tests.Commands;

public class HangingTransactionTests
{
    private static readonly DateTimeOffset LongAgo = new(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public async Task A_hanging_transaction_is_found_and_aborted_and_its_readers_go_on()
    {
        await using var broker = await TestBroker.WithTopicAsync("t", settings: [TransactionalWriter.NoVerification]);
        string[] at = ["--brokers", broker.Address];
        await broker.SendAsync("t", (0, "before"));
        using var lost = await TransactionalWriter.StartAsync(broker, "lost");
        Assert.Equal(ErrorCode.None, await lost.WriteAsync("t", 0, records: 3, LongAgo));
        await broker.SendAsync("t", (0, "behind"));

        var found = await RunAsync(["find-hanging", .. at]);
        Assert.Equal(
            $"topic\tpartition\tstart offset\tproducer id\tlast record\ttransactional id\nt\t0\t1\t{lost.ProducerId}\t2026-01-01 12:00:00Z\tlost\n", found.Data);
        Assert.Contains("`moldau transaction abort --topic t --partition 0 --start-offset 1` aborts it.", found.Notes, StringComparison.Ordinal);
        Assert.Equal(
            $$"""{"topic":"t","partition":0,"startOffset":1,"producerId":{{lost.ProducerId}},"producerEpoch":{{lost.Epoch}},"coordinatorEpoch":-1,"lastRecord":"2026-01-01T12:00:00Z","transactionalId":"lost"}"""
            + "\n",
            (await RunAsync(["find-hanging", "--topic", "t:0", "-o", "json", .. at])).Data);

        string[] abort = ["abort", "--topic", "t", "--partition", "0", "--start-offset"];
        var missed = await RunAsync([.. abort, "0", .. at]);
        Assert.Equal((1, ""), (missed.ExitCode, missed.Data));
        Assert.Contains("No transaction is open in t:0 that begins at offset 0.", missed.Notes, StringComparison.Ordinal);
        Assert.Contains("One is open there, which begins at 1.", missed.Notes, StringComparison.Ordinal);

        var aborted = await RunAsync([.. abort, "1", "-o", "json", .. at]);
        Assert.Equal(
            $$"""{"topic":"t","partition":0,"startOffset":1,"producerId":{{lost.ProducerId}},"producerEpoch":{{lost.Epoch}},"aborted":true}""" + "\n", aborted.Data);
        Assert.Contains("neither told nor fenced", aborted.Notes, StringComparison.Ordinal);
        var nothing = await RunAsync(["find-hanging", .. at]);
        Assert.Equal((0, ""), (nothing.ExitCode, nothing.Data));
        Assert.Contains("searched no transaction hangs.", nothing.Notes, StringComparison.Ordinal);
        Assert.Equal(["before", "behind"], ReadCommitted(broker, 2));
        Assert.Equal(1, (await RunAsync([.. abort, "1", .. at])).ExitCode);
    }

    [Fact]
    public async Task A_transaction_that_its_coordinator_knows_is_neither_found_nor_aborted_in_one_partition()
    {
        await using var broker = await TestBroker.WithTopicAsync("t");
        using var writer = await TransactionalWriter.StartAsync(broker, "till");
        await writer.AddAsync("t", 0);
        Assert.Equal(ErrorCode.None, await writer.WriteAsync("t", 0, records: 1, LongAgo));
        string[] at = ["--brokers", broker.Address];
        Assert.Equal("", (await RunAsync(["find-hanging", "--older-than", "PT0S", .. at])).Data);
        var refused = await RunAsync(["abort", "--topic", "t", "--partition", "0", "--start-offset", "0", .. at]);
        Assert.Equal((1, ""), (refused.ExitCode, refused.Data));
        Assert.Contains("does not hang: it is that of the transactional id till (Ongoing)", refused.Notes, StringComparison.Ordinal);
        Assert.Contains("`moldau transaction abort till` aborts all of it.", refused.Notes, StringComparison.Ordinal);
        Assert.Equal(ErrorCode.None, await writer.EndAsync(commits: true));
        Assert.Equal(["pending"], ReadCommitted(broker, 1));
    }

    [Fact]
    public async Task A_transaction_whose_coordinator_does_not_describe_it_is_not_said_to_hang()
    {
        await using var broker = await TestBroker.WithTopicAsync("t");
        using var writer = await TransactionalWriter.StartAsync(broker, "till");
        await writer.AddAsync("t", 0);
        Assert.Equal(ErrorCode.None, await writer.WriteAsync("t", 0, records: 1, LongAgo));
        await using var relay = new Relay(broker) { Describes = ErrorCode.NotCoordinator };
        string[] at = ["--brokers", relay.Address];
        var found = await RunAsync(["find-hanging", "--older-than", "PT0S", .. at]);
        Assert.Equal((1, ""), (found.ExitCode, found.Data));
        Assert.Contains("does not describe till (NotCoordinator)", found.Notes, StringComparison.Ordinal);
        Assert.Equal(1, (await RunAsync(["abort", "--topic", "t", "--partition", "0", "--start-offset", "0", .. at])).ExitCode);
        Assert.Equal(ErrorCode.None, await writer.EndAsync(commits: true));
        Assert.Equal(["pending"], ReadCommitted(broker, 1));
    }

    [Fact]
    public async Task A_transaction_that_ends_between_the_questions_does_not_hang()
    {
        await using var broker = await TestBroker.WithTopicAsync("t");
        using var writer = await TransactionalWriter.StartAsync(broker, "till");
        await writer.AddAsync("t", 0);
        Assert.Equal(ErrorCode.None, await writer.WriteAsync("t", 0, records: 1, LongAgo));
        await using var relay = new Relay(broker) { Before = key => key == ApiKey.ListTransactions ? CommitAsync() : Task.CompletedTask };
        var found = await RunAsync(["find-hanging", "--older-than", "PT0S", "--brokers", relay.Address]);
        Assert.Equal((0, ""), (found.ExitCode, found.Data));

        async Task CommitAsync()
        {
            Assert.Equal(ErrorCode.None, await writer.EndAsync(commits: true));
            await Patiently.UntilAsync(async () =>
                (await RunAsync(["describe", "till", "--brokers", broker.Address])).Data.Contains("state\tCompleteCommit\n", StringComparison.Ordinal));
        }
    }

    [Fact]
    public async Task A_transaction_hangs_also_where_its_producer_has_another_one_open()
    {
        await using var broker = await TestBroker.WithTopicAsync("t", 2, [TransactionalWriter.NoVerification]);
        using var lost = await TransactionalWriter.StartAsync(broker, "lost");
        await lost.AddAsync("t", 1);
        Assert.Equal(ErrorCode.None, await lost.WriteAsync("t", 0, records: 1, LongAgo));
        Assert.Matches(@"\nt\t0\t0\t\d+\t2026-01-01 12:00:00Z\tlost\n$", (await RunAsync(["find-hanging", "--brokers", broker.Address])).Data);
        string abort = "abort --topic t --partition 0 --start-offset 0 --brokers " + broker.Address;
        Assert.Equal(0, (await RunAsync(abort.Split(' '))).ExitCode);
        Assert.Equal(ErrorCode.None, await lost.EndAsync(commits: true));
    }

    [Fact]
    public async Task One_that_is_younger_than_transactions_may_get_is_told_and_found_when_asked_for()
    {
        await using var broker = await TestBroker.WithTopicAsync("t", settings: [TransactionalWriter.NoVerification, new("transaction.max.timeout.ms", "1200000")]);
        using var lost = await TransactionalWriter.StartAsync(broker, "lost");
        Assert.Equal(ErrorCode.None, await lost.WriteAsync("t", 0, records: 1, DateTimeOffset.UtcNow));
        string[] at = ["--brokers", broker.Address];
        var young = await RunAsync(["find-hanging", .. at]);
        Assert.Equal((0, ""), (young.ExitCode, young.Data));
        Assert.Contains("searched no transaction hangs for longer than 20 minutes.", young.Notes, StringComparison.Ordinal);
        Assert.Contains("1 open transaction is unknown to the coordinators, and younger than 20 minutes: --older-than PT0S shows it.", young.Notes, StringComparison.Ordinal);
        Assert.Contains("\nt\t0\t0\t", (await RunAsync(["find-hanging", "--older-than", "PT0S", .. at])).Data, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Where_a_coordinator_may_be_silent_nothing_is_called_hanging()
    {
        await using var broker = await TestBroker.WithTopicAsync("t", settings: [TransactionalWriter.NoVerification]);
        using var lost = await TransactionalWriter.StartAsync(broker, "lost");
        Assert.Equal(ErrorCode.None, await lost.WriteAsync("t", 0, records: 1, LongAgo));
        // Nothing listens on port 1 of this machine.
        await using var cluster = new Relay(broker) { CompanionPort = 1 };
        foreach (string command in (string[])["find-hanging --older-than PT0S", "abort --topic t --partition 0 --start-offset 0"])
        {
            var run = await RunAsync([.. command.Split(' '), "--brokers", cluster.Address]);
            Assert.Equal((1, ""), (run.ExitCode, run.Data));
            Assert.Contains("The broker 127.0.0.1:1 did not say which transactions it has", run.Notes, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Partitions_of_which_the_answer_would_be_too_large_are_searched_in_smaller_parts()
    {
        await using var broker = await TestBroker.WithTopicAsync("t", 9, [TransactionalWriter.NoVerification]);
        using var lost = await TransactionalWriter.StartAsync(broker, "lost");
        Assert.Equal(ErrorCode.None, await lost.WriteAsync("t", 4, records: 1, LongAgo));
        Assert.Equal(ErrorCode.None, await lost.WriteAsync("t", 8, records: 1, LongAgo));
        await using var relay = new Relay(broker) { IsTooLarge = answer => answer.Topics[0].Partitions is { Count: > 2 } or [.., { PartitionIndex: 8 }] };
        var found = await RunAsync(["find-hanging", "--topic", "t", "--brokers", relay.Address]);
        Assert.Equal(1, found.ExitCode);
        Assert.Matches(@"\nt\t4\t0\t\d+\t2026-01-01 12:00:00Z\tlost\n$", found.Data);
        Assert.Contains("Not searched: t:8: it has so many producers that the answer is larger than is read.", found.Notes, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Partitions_that_could_not_be_searched_are_named()
    {
        await using var broker = await TestBroker.WithTopicAsync("t", 2);
        await using var hanging = new Relay(broker) { Unanswered = [ApiKey.DescribeProducers] };
        var run = await RunAsync(["find-hanging", "--topic", "t", "--brokers", hanging.Address]);
        Assert.Equal((1, ""), (run.ExitCode, run.Data));
        Assert.Contains($"Not searched: t:0-1: its leader {hanging.Address} does not answer: ", run.Notes, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Why_a_group_waits_before_a_hanging_transaction_is_told_with_the_command_that_finds_it()
    {
        await using var broker = await TestBroker.WithTopicAsync("t", settings: [TransactionalWriter.NoVerification]);
        using var lost = await TransactionalWriter.StartAsync(broker, "lost");
        Assert.Equal(ErrorCode.None, await lost.WriteAsync("t", 0, records: 1, LongAgo));
        string[] at = ["--brokers", broker.Address];
        await CommandRun.OfAsync("", ["group", "reset", "g", "--topic", "t", "--to-earliest", "--execute", "--create", .. at]);
        var why = await CommandRun.OfAsync("", ["group", "why", "g", .. at]);
        Assert.Contains($"It is that of producer {lost.ProducerId} (transactional.id lost); its last record is of ", why.Data, StringComparison.Ordinal);
        Assert.Contains("`moldau transaction find-hanging --topic t:0 --older-than PT0S` shows how.", why.Data, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Offsets_that_a_hanging_transaction_was_to_commit_are_found_and_aborted()
    {
        await using var broker = await TestBroker.WithTopicAsync("t", settings: [TransactionalWriter.NoVerification, new("offsets.topic.num.partitions", "1")]);
        using var lost = await TransactionalWriter.StartAsync(broker, "lost");
        string[] at = ["--brokers", broker.Address];
        await CommandRun.OfAsync("", ["group", "reset", "g", "--topic", "t", "--to-earliest", "--execute", "--create", .. at]);
        await lost.CommitAsync("g", "t", partition: 0, offset: 5);
        Assert.StartsWith("{\"topic\":\"__consumer_offsets\",\"partition\":0,", (await RunAsync(["find-hanging", "--older-than", "PT0S", "-o", "json", .. at])).Data, StringComparison.Ordinal);
        var aborted = await RunAsync(["abort", "--topic", "__consumer_offsets", "--partition", "0", "--start-offset", "1", .. at]);
        Assert.Equal(0, aborted.ExitCode);
        Assert.Contains("The offsets that it was to commit do not count", aborted.Notes, StringComparison.Ordinal);
        Assert.Contains("\nt\t0\t0\t", (await CommandRun.OfAsync("", ["group", "describe", "g", .. at])).Data, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_abort_that_was_asked_for_may_have_been_made_when_it_is_given_up()
    {
        await using var broker = await TestBroker.WithTopicAsync("t", 2, [TransactionalWriter.NoVerification]);
        using var writer = await TransactionalWriter.StartAsync(broker, "till");
        await writer.AddAsync("t", 1);
        Assert.Equal(ErrorCode.None, await writer.WriteAsync("t", 0, records: 1, LongAgo));
        foreach (var (unanswered, arguments, look) in ((ApiKey, string, string)[])
        [
            (ApiKey.InitProducerId, "till", "transaction describe till"),
            (ApiKey.WriteTxnMarkers, "--topic t --partition 0 --start-offset 0", "transaction find-hanging --topic t:0 --older-than PT0S"),
        ])
        {
            using var stop = new CancellationTokenSource();
            await using var relay = new Relay(broker) { Unanswered = [unanswered], Withholds = stop.Cancel };
            var run = await CommandRun.StoppedAsync(stop.Token, ["transaction", "abort", .. arguments.Split(' '), "--brokers", relay.Address]);
            Assert.Equal((130, ""), (run.ExitCode, run.Data));
            Assert.Contains("may have done it, or do it yet", run.Notes, StringComparison.Ordinal);
            Assert.Contains($"`moldau {look}` shows how things are.", run.Notes, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_topic_that_does_not_exist_is_told()
    {
        await using var broker = await TestBroker.StartAsync();
        foreach (string command in (string[])["find-hanging --topic no", "abort --topic no --partition 0 --start-offset 0"])
        {
            var run = await RunAsync([.. command.Split(' '), "--brokers", broker.Address]);
            Assert.Equal((1, ""), (run.ExitCode, run.Data));
            Assert.Contains("The topic no does not exist", run.Notes, StringComparison.Ordinal);
        }
    }

    private static Task<CommandRun> RunAsync(string[] arguments) => CommandRun.OfAsync("", ["transaction", .. arguments]);

    /// <summary>The first records that a reader of what is committed gets.</summary>
    private static List<string> ReadCommitted(TestBroker broker, int count)
    {
        var config = new ConsumerConfig(broker.Connection.ToConfig()) { GroupId = "reader", IsolationLevel = IsolationLevel.ReadCommitted };
        using var consumer = new ConsumerBuilder<Ignore, string>(config).Build();
        consumer.Assign(new TopicPartitionOffset("t", 0, Offset.Beginning));
        return [.. Enumerable.Range(0, count).Select(_ => consumer.Consume(TestContext.Current.CancellationToken).Message.Value)];
    }
}
