using Confluent.Kafka;
using Moldau.Broker;
using Moldau.Cli.Clients;
using Moldau.Cli.Commands.Groups;
using Moldau.Cli.Tests.Clients;
using Moldau.Protocol;
using Moldau.Protocol.Messages;
using Moldau.Protocol.Wire;
using ErrorCode = Confluent.Kafka.ErrorCode;

namespace Moldau.Cli.Tests.Commands;

public class GroupTests
{
    [Fact]
    public async Task A_group_is_listed_described_reset_and_deleted()
    {
        await using var broker = await TestBroker.WithTopicAsync("t", 2);
        await broker.SendAsync("t", (0, "a"), (0, "b"), (1, "c"));
        string[] at = ["--brokers", broker.Address];
        await CommandRun.OfAsync("", ["consume", "t", "--group", "g", "--from-beginning", "--max", "3", .. at]);

        Assert.Equal("g\n", (await CommandRun.OfAsync("", ["group", "list", .. at])).Data);
        Assert.Equal("", (await CommandRun.OfAsync("", ["group", "list", "--state", "stable", .. at])).Data);
        Assert.Equal(
            """{"group":"g","type":"classic","state":"Empty"}""" + "\n",
            (await CommandRun.OfAsync("", ["group", "list", "--type", "classic", "-o", "json", .. at])).Data);
        string described = (await CommandRun.OfAsync("", ["group", "describe", "g", .. at])).Data;
        Assert.StartsWith($"group\tg\ntype\tclassic\nstate\tEmpty\ncoordinator\t{broker.Address}\n", described, StringComparison.Ordinal);
        Assert.EndsWith(
            "topic\tpartition\tcommitted\tfirst offset\tnext offset\tlag\tclient\nt\t0\t2\t0\t2\t0\t-\nt\t1\t1\t0\t1\t0\t-\n", described, StringComparison.Ordinal);

        string[] reset = ["group", "reset", "g", "--topic", "t:0", "--to-offset", "1"];
        var preview = await CommandRun.OfAsync("", [.. reset, .. at]);
        Assert.Equal("topic\tpartition\tcommitted\tnew\trecords to read\nt\t0\t2\t1\t1\n", preview.Data);
        Assert.Contains("Nothing was changed", preview.Notes, StringComparison.Ordinal);
        Assert.Equal(described, (await CommandRun.OfAsync("", ["group", "describe", "g", .. at])).Data);
        Assert.Equal(0, (await CommandRun.OfAsync("", [.. reset, "--execute", .. at])).ExitCode);
        string json = (await CommandRun.OfAsync("", ["group", "describe", "g", "-o", "json", .. at])).Data;
        Assert.Contains("\"topic\":\"t\",\"partition\":0,\"committedOffset\":1,\"firstOffset\":0,\"nextOffset\":2,\"lag\":1,", json, StringComparison.Ordinal);

        Assert.Equal(0, (await CommandRun.OfAsync("", ["group", "delete", "g", .. at])).ExitCode);
        foreach (string verb in (string[])["describe", "why", "delete"])
        {
            var gone = await CommandRun.OfAsync("", ["group", verb, "g", .. at]);
            Assert.Equal(1, gone.ExitCode);
            Assert.Contains("There is no group g", gone.Notes, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Partitions_in_which_a_reset_is_refused_are_named_and_the_others_are_reset()
    {
        await using var broker = await TestBroker.WithTopicAsync("t", 3);
        await using var relay = new Relay(broker) { Commits = answer => answer.Topics[0].Partitions.ForEach(p => p.ErrorCode = p.PartitionIndex > 0 ? Protocol.ErrorCode.TopicAuthorizationFailed : p.ErrorCode) };
        await broker.SendAsync("t", (0, "a"));
        var reset = await CommandRun.OfAsync("", "group", "reset", "g", "--topic", "t", "--to-latest", "--create", "--execute", "-o", "json", "--brokers", relay.Address);
        const string Stays = """
            "committedOffset":null,"newOffset":null,"recordsToRead":null,"executed":false}
            """;
        Assert.Equal(
            [
                """{"group":"g","topic":"t","partition":0,"committedOffset":null,"newOffset":1,"recordsToRead":0,"executed":true}""",
                $$"""{"group":"g","topic":"t","partition":1,{{Stays}}""",
                $$"""{"group":"g","topic":"t","partition":2,{{Stays}}""",
            ],
            reset.Data.TrimEnd('\n').Split('\n'));
        Assert.Equal(1, reset.ExitCode);
        Assert.Contains("The broker did not reset the group in t:1-2 (TopicAuthorizationFailed): ", reset.Notes, StringComparison.Ordinal);
        Assert.Contains("In the others it is reset. `moldau group describe g` shows how things are.", reset.Notes, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_name_stays_in_its_line_and_what_is_suggested_can_be_pasted()
    {
        await using var broker = await TestBroker.WithTopicAsync("t");
        await broker.SendAsync("t", (0, "a"));
        string[] at = ["--brokers", broker.Address];
        const string Name = "new\nline\u202e", Shown = @"new\nline\u202e";
        var missing = await CommandRun.OfAsync("", ["group", "delete", Name, .. at]);
        Assert.Contains($"moldau: There is no group {Shown} on ", missing.Notes, StringComparison.Ordinal);
        var reset = await CommandRun.OfAsync("", ["group", "reset", Name, "--topic", "t", "--to-latest", "--create", "--execute", .. at]);
        Assert.Equal($"Reset the group {Shown}.\n", reset.Notes);
        Assert.Equal($"{Shown}\n", (await CommandRun.OfAsync("", ["group", "list", .. at])).Data);
        Assert.Contains(
            @"`moldau group reset $'new\nline\342\200\256' --topic t:0 --to-earliest`", (await CommandRun.OfAsync("", ["group", "why", Name, .. at])).Data, StringComparison.Ordinal);
        Assert.Equal($"Deleted the group {Shown} with its committed offsets.\n", (await CommandRun.OfAsync("", ["group", "delete", Name, .. at])).Notes);
    }

    [Fact]
    public async Task What_is_suggested_for_a_name_that_begins_with_a_dash_takes_it_for_no_option()
    {
        await using var broker = await TestBroker.WithTopicAsync("t");
        await broker.SendAsync("t", (0, "a"));
        string[] at = ["--brokers", broker.Address];
        await CommandRun.OfAsync("", ["group", "reset", "--topic", "t", "--to-latest", "--create", "--execute", .. at, "--", "--help"]);
        var why = await CommandRun.OfAsync("", ["group", "why", .. at, "--", "--help"]);
        Assert.Contains("`moldau group reset --topic t:0 --to-earliest -- --help`", why.Data, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_group_with_members_is_neither_reset_nor_deleted_and_they_are_named()
    {
        await using var broker = await TestBroker.WithTopicAsync("t", 1);
        await broker.SendAsync("t", (0, "a"));
        string[] at = ["--brokers", broker.Address];
        using var consumer = await JoinAsync(broker, "g");
        string[] reset = ["group", "reset", "g", "--topic", "t", "--to-latest", .. at];
        var preview = await CommandRun.OfAsync("", reset);
        Assert.Contains("\nt\t0\tnone\t1\t0\n", preview.Data, StringComparison.Ordinal);
        foreach (string[] refused in (string[][])[reset, [.. reset, "--execute"], ["group", "delete", "g", .. at]])
        {
            var run = await CommandRun.OfAsync("", refused);
            Assert.Equal(1, run.ExitCode);
            Assert.Contains("The group g has 1 member and cannot be", run.Notes, StringComparison.Ordinal);
            Assert.Contains("shop at /127.0.0.1", run.Notes, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Why_a_group_at_the_end_reads_nothing_is_told_with_what_lies_before_it()
    {
        await using var broker = await TestBroker.WithTopicAsync("t");
        await broker.SendAsync("t", (0, "a"), (0, "b"));
        await CommitAsync(broker, "g", 2);
        var why = await CommandRun.OfAsync("", "group", "why", "g", "-o", "json", "--brokers", broker.Address);
        Assert.Equal(0, why.ExitCode);
        Assert.Contains("\"reason\":\"no-members\"", why.Data, StringComparison.Ordinal);
        Assert.Contains("\"reason\":\"at-end\",\"topic\":\"t\",\"partitions\":[0],\"records\":2,", why.Data, StringComparison.Ordinal);
        Assert.Contains("\"reason\":\"last-commit\"", why.Data, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Partitions_without_a_position_are_described_and_told_also_where_nobody_has_them()
    {
        await using var broker = await TestBroker.WithTopicAsync("t", 2);
        await broker.SendAsync("t", (0, "a"), (1, "b"), (1, "c"));
        await CommandRun.OfAsync("", "group", "reset", "g", "--topic", "t:0", "--to-latest", "--execute", "--create", "--brokers", broker.Address);
        var described = await CommandRun.OfAsync("", "group", "describe", "g", "--brokers", broker.Address);
        Assert.Contains("\nt\t1\tnone\t0\t2\t-\t-\n", described.Data, StringComparison.Ordinal);
        Assert.Contains("auto.offset.reset", described.Notes, StringComparison.Ordinal);
        string why = (await CommandRun.OfAsync("", "group", "why", "g", "--brokers", broker.Address)).Data;
        Assert.Contains("t:1: nothing is committed, and 2 records are there.", why, StringComparison.Ordinal);
        Assert.True(why.IndexOf("t:1:", StringComparison.Ordinal) < why.IndexOf("t:0: at the end", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Where_there_are_no_groups_that_is_told_from_a_filter_that_none_passes()
    {
        await using var broker = await TestBroker.StartAsync();
        Assert.Contains("There are no groups.", (await CommandRun.OfAsync("", "group", "list", "--brokers", broker.Address)).Notes, StringComparison.Ordinal);
        Assert.Contains("no such groups", (await CommandRun.OfAsync("", "group", "list", "--type", "classic", "--brokers", broker.Address)).Notes, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Why_a_second_reader_of_one_partition_gets_nothing_is_told()
    {
        await using var broker = await TestBroker.WithTopicAsync("t");
        using var one = await JoinAsync(broker, "g");
        using var two = Consumer(broker, "g");
        two.Subscribe("t");
        string text;
        long endMs = Environment.TickCount64 + 60_000;
        do
        {
            one.Consume(TimeSpan.FromMilliseconds(50));
            two.Consume(TimeSpan.FromMilliseconds(50));
            text = (await CommandRun.OfAsync("", "group", "why", "g", "--brokers", broker.Address)).Data;
        }
        while (!text.Contains("1 of 2 members has no partition", StringComparison.Ordinal) && Environment.TickCount64 < endMs);

        Assert.Contains("1 of 2 members has no partition: the group has 1 partition to share", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Why_a_reader_waits_before_an_open_transaction_is_told_with_its_producer_also_behind_a_login()
    {
        await using var broker = await KafkaBroker.StartAsync(new KafkaBrokerOptions { Port = 0, SaslPort = 0 });
        var plain = new Connection(broker.BootstrapServers);
        var user = broker.Credentials!;
        using var producer = new ProducerBuilder<Null, string>(new ProducerConfig(plain.ToConfig()) { TransactionalId = "till" }).Build();
        await CommandRun.OfAsync("", "topic", "create", "t", "--brokers", broker.BootstrapServers);
        await CommandRun.OfAsync("", "group", "reset", "g", "--topic", "t", "--to-earliest", "--execute", "--create", "--brokers", broker.BootstrapServers);
        producer.InitTransactions(TimeSpan.FromSeconds(30));
        producer.BeginTransaction();
        await producer.ProduceAsync("t", new Message<Null, string> { Value = "pending" });

        string[] login = ["--brokers", broker.SaslBootstrapServers!, "--ca", broker.CaCertificatePath!, "--username", user.UserName, "--password-stdin"];
        var why = await CommandRun.OfAsync(user.Password + "\n", ["group", "why", "g", .. login]);
        Assert.Equal("", why.Notes);
        Assert.Contains("t:0: a transaction is open", why.Data, StringComparison.Ordinal);
        Assert.Contains("It is that of transactional.id till (Ongoing), producer ", why.Data, StringComparison.Ordinal);
        producer.AbortTransaction();
    }

    [Fact]
    public async Task A_group_whose_offsets_a_transaction_may_yet_replace_is_described()
    {
        await using var broker = await TestBroker.WithTopicAsync("t");
        await broker.SendAsync("t", (0, "a"), (0, "b"));
        await CommitAsync(broker, "g", 1);
        using var consumer = await JoinAsync(broker, "g");
        using var producer = new ProducerBuilder<Null, string>(new ProducerConfig(broker.Connection.ToConfig()) { TransactionalId = "till" }).Build();
        producer.InitTransactions(TimeSpan.FromSeconds(30));
        producer.BeginTransaction();
        producer.SendOffsetsToTransaction([new TopicPartitionOffset("t", 0, 2)], consumer.ConsumerGroupMetadata, TimeSpan.FromSeconds(30));
        var described = await CommandRun.OfAsync("", "group", "describe", "g", "--brokers", broker.Address);
        Assert.Equal(0, described.ExitCode);
        Assert.Contains("\nt\t0\t1\t0\t", described.Data, StringComparison.Ordinal);
        producer.AbortTransaction();
    }

    [Fact]
    public async Task A_group_that_is_reconciling_says_so_even_if_its_members_have_all_that_they_are_to_have()
    {
        await using var broker = await TestBroker.WithTopicAsync("t", settings: [new("group.consumer.assignment.interval.ms", "0")]);
        int first = await BeatAsync(broker, "one");
        Assert.NotEqual(first, await BeatAsync(broker, "two"));
        string[] at = ["--brokers", broker.Address];
        Assert.Contains("\nstate\tReconciling\n", (await CommandRun.OfAsync("", ["group", "describe", "g", .. at])).Data, StringComparison.Ordinal);
        Assert.Contains("\"state\":\"Reconciling\"", (await CommandRun.OfAsync("", ["group", "list", "-o", "json", .. at])).Data, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Why_a_member_waits_is_told_by_whom_it_waits_for_with_what_and_since_when()
    {
        await using var broker = await TestBroker.WithTopicAsync("t", 2, settings: [new("group.consumer.assignment.interval.ms", "0")]);
        await BeatAsync(broker, "one");
        await BeatAsync(broker, "two"); // One is still owner of both partitions: it has not been heard of since.
        var why = await CommandRun.OfAsync("", "group", "why", "g", "--brokers", broker.Address);
        Assert.Matches(@"\(one\) was asked, \d+ seconds? ago, at [-0-9: ]+Z, to give up t:1, and nobody else gets that before it has", why.Data);
        Assert.DoesNotContain("(two) was asked", why.Data, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_group_that_does_not_exist_may_be_that_of_a_consumer_whose_topic_does_not()
    {
        await using var broker = await TestBroker.StartAsync();
        var config = new ConsumerConfig(broker.Connection.ToConfig()) { GroupId = "g", AllowAutoCreateTopics = false };
        using var consumer = new ConsumerBuilder<Ignore, string>(config).Build();
        consumer.Subscribe("nosuch");
        Assert.Equal(ErrorCode.UnknownTopicOrPart, Assert.Throws<ConsumeException>(() => consumer.Consume(TimeSpan.FromSeconds(30))).Error.Code);
        var why = await CommandRun.OfAsync("", "group", "why", "g", "--brokers", broker.Address);
        Assert.Equal((1, ""), (why.ExitCode, why.Data));
        Assert.Contains("There is no group g on", why.Notes, StringComparison.Ordinal);
        Assert.Contains("only once the consumer's topic exists: `moldau topic list` shows the topics", why.Notes, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Topics_that_members_of_the_consumer_protocol_are_subscribed_to_are_described_and_told_where_they_do_not_exist()
    {
        await using var broker = await TestBroker.StartAsync();
        string[] at = ["--brokers", broker.Address];
        await BeatAsync(broker, "one", pattern: null, "nosuch");
        Assert.Matches(
            "^nosuch: members are subscribed to this topic, and it does not exist, .*\nNo member has a partition: no topic exists that they are subscribed to.\n",
            (await CommandRun.OfAsync("", ["group", "why", "g", .. at])).Data);
        await BeatAsync(broker, "two", pattern: "^other");
        Assert.Contains("no topic that they may read matches ^other, to which they are subscribed.", (await CommandRun.OfAsync("", ["group", "why", "g", .. at])).Data, StringComparison.Ordinal);
        string described = (await CommandRun.OfAsync("", ["group", "describe", "g", .. at])).Data;
        Assert.Contains("\nmember\tclient\thost\tpartitions\ttopics\tpattern\n", described, StringComparison.Ordinal);
        Assert.Contains("\none\tmoldau\t/127.0.0.1\t\tnosuch\t\n", described, StringComparison.Ordinal);
        Assert.Contains("\ntwo\tmoldau\t/127.0.0.1\t\t\t^other\n", described, StringComparison.Ordinal);
        string json = (await CommandRun.OfAsync("", ["group", "describe", "g", "-o", "json", .. at])).Data;
        Assert.Contains("\"topics\":[\"nosuch\"],\"pattern\":null}", json, StringComparison.Ordinal);
        Assert.Contains("\"topics\":[],\"pattern\":\"^other\"}", json, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Why_a_group_reads_nothing_that_never_had_a_member_is_told_without_a_last_one()
    {
        await using var broker = await TestBroker.WithTopicAsync("t");
        var join = new JoinGroupRequest
        {
            GroupId = "g",
            ProtocolType = "consumer",
            SessionTimeoutMs = 10_000,
            RebalanceTimeoutMs = 10_000,
            Protocols = [new() { Name = "range" }],
        };
        var admission = await AskAsync<JoinGroupRequest, JoinGroupResponse>(broker, join, version: 9);
        Assert.NotEmpty(admission.MemberId); // It is to join with that, and does not.
        var why = await CommandRun.OfAsync("", "group", "why", "g", "--brokers", broker.Address);
        Assert.Contains("The group has no members", why.Data, StringComparison.Ordinal);
        Assert.DoesNotContain("The last one left", why.Data, StringComparison.Ordinal);
    }

    /// <summary>Asks what the client library has no words for.</summary>
    private static async Task<TResponse> AskAsync<TRequest, TResponse>(TestBroker broker, TRequest request, short version)
        where TRequest : IRequest<TRequest>
        where TResponse : IMessage<TResponse>
    {
        using var call = await broker.CallAsync();
        return await call.AskAsync<TRequest, TResponse>(request, version);
    }

    /// <summary>A member of the group joins; the answer is its epoch.</summary>
    private static Task<int> BeatAsync(TestBroker broker, string member) => BeatAsync(broker, member, pattern: null, "t");

    private static async Task<int> BeatAsync(TestBroker broker, string member, string? pattern, params string[] topics)
    {
        var beat = new ConsumerGroupHeartbeatRequest
        {
            GroupId = "g",
            MemberId = member,
            MemberEpoch = 0,
            RebalanceTimeoutMs = 60_000,
            SubscribedTopicNames = [.. topics],
            SubscribedTopicRegex = pattern,
            TopicPartitions = [],
        };
        var answer = await AskAsync<ConsumerGroupHeartbeatRequest, ConsumerGroupHeartbeatResponse>(broker, beat, version: 1);
        Assert.Equal(0, (int)answer.ErrorCode);
        return answer.MemberEpoch;
    }

    private static async Task CommitAsync(TestBroker broker, string group, long offset)
    {
        var reset = await CommandRun.OfAsync(
            "", "group", "reset", group, "--topic", "t", "--to-offset", $"{offset}", "--execute", "--create", "--brokers", broker.Address);
        Assert.Equal(0, reset.ExitCode);
    }

    private static IConsumer<Ignore, string> Consumer(TestBroker broker, string group) =>
        new ConsumerBuilder<Ignore, string>(new ConsumerConfig(broker.Connection.ToConfig())
        {
            ClientId = "shop",
            GroupId = group,
            AutoOffsetReset = AutoOffsetReset.Earliest,
        }).Build();

    /// <summary>A consumer that has a partition.</summary>
    private static async Task<IConsumer<Ignore, string>> JoinAsync(TestBroker broker, string group)
    {
        var consumer = Consumer(broker, group);
        consumer.Subscribe("t");
        await Task.Run(() =>
        {
            long endMs = Environment.TickCount64 + 60_000;
            while (consumer.Assignment.Count == 0 && Environment.TickCount64 < endMs)
            {
                consumer.Consume(TimeSpan.FromMilliseconds(50));
            }
        });
        Assert.NotEmpty(consumer.Assignment);
        return consumer;
    }
}
