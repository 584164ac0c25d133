using Moldau.Broker;
using Moldau.Cli.Tests.Clients;
using Moldau.Protocol;

namespace Moldau.Cli.Tests.Commands;

public class TopicAndUserTests
{
    [Fact]
    public async Task A_topic_is_made_shown_and_deleted()
    {
        await using var broker = await KafkaBroker.StartAsync(new KafkaBrokerOptions { Port = 0 });
        string at = broker.BootstrapServers;
        var created = await CommandRun.OfAsync(
            "", "topic", "create", "t", "--partitions", "2", "--config", "retention.ms=60000", "--brokers", at);
        Assert.Equal(0, created.ExitCode);
        Assert.Equal("t\n", (await CommandRun.OfAsync("", "topic", "list", "--brokers", at)).Data);
        Assert.Equal(
            "partition\tfirst offset\tnext offset\toffsets\n0\t0\t0\t0\n1\t0\t0\t0\nretention.ms\t60000\n",
            (await CommandRun.OfAsync("", "topic", "describe", "t", "--brokers", at)).Data);
        Assert.EndsWith(
            """{"topic":"t","settings":{"retention.ms":"60000"}}""" + "\n",
            (await CommandRun.OfAsync("", "topic", "describe", "t", "-o", "json", "--brokers", at)).Data,
            StringComparison.Ordinal);
        var again = await CommandRun.OfAsync("", "topic", "create", "t", "--brokers", at);
        Assert.Equal(1, again.ExitCode);
        Assert.Contains("exists already", again.Notes, StringComparison.Ordinal);
        Assert.Equal(0, (await CommandRun.OfAsync("", "topic", "delete", "t", "--brokers", at)).ExitCode);
        Assert.Equal("", (await CommandRun.OfAsync("", "topic", "list", "--brokers", at)).Data);
    }

    [Theory]
    [InlineData("consume", "order")]
    [InlineData("topic", "describe", "order")]
    [InlineData("topic", "delete", "order")]
    [InlineData("group", "reset", "g", "--topic", "order", "--to-latest", "--create")]
    [InlineData("transaction", "find-hanging", "--topic", "order")]
    [InlineData("transaction", "abort", "--topic", "order", "--partition", "0", "--start-offset", "0")]
    public async Task A_topic_that_does_not_exist_is_told_with_the_nearest_that_does_and_not_to_be_made(params string[] arguments)
    {
        await using var broker = await TestBroker.WithTopicAsync("orders");
        var run = await CommandRun.OfAsync("", [.. arguments, "--brokers", broker.Address]);
        Assert.Equal((1, ""), (run.ExitCode, run.Data));
        Assert.Contains("The topic order does not exist on", run.Notes, StringComparison.Ordinal);
        Assert.Contains("Is orders meant? `moldau topic list` shows what there is.", run.Notes, StringComparison.Ordinal);
        Assert.DoesNotContain("topic create", run.Notes, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_was_made_and_removed_is_told_as_JSON()
    {
        await using var broker = await KafkaBroker.StartAsync(new KafkaBrokerOptions { Port = 0, SaslPort = 0 });
        string[] on = ["-o", "json", "--brokers", broker.BootstrapServers];
        await CommandRun.OfAsync("", ["user", "add", "eva", .. on]);
        Assert.Equal(
            """{"topic":"t","partitions":2,"created":true}""" + "\n", (await CommandRun.OfAsync("", ["topic", "create", "t", "--partitions", "2", .. on])).Data);
        Assert.Equal("""{"topic":"t","deleted":true}""" + "\n", (await CommandRun.OfAsync("", ["topic", "delete", "t", .. on])).Data);
        Assert.Equal("""{"username":"eva","removed":true}""" + "\n", (await CommandRun.OfAsync("", ["user", "remove", "eva", .. on])).Data);
    }

    [Fact]
    public async Task Where_there_are_no_users_none_are_listed()
    {
        await using var broker = await TestBroker.StartAsync();
        var listed = await CommandRun.OfAsync("", "user", "list", "-o", "json", "--brokers", broker.Address).WaitAsync(TimeSpan.FromSeconds(40));
        Assert.Equal((0, ""), (listed.ExitCode, listed.Data));
    }

    [Fact]
    public async Task A_broker_that_hangs_is_told_within_seconds_with_the_remedy()
    {
        await using var broker = await TestBroker.StartAsync();
        await using var hanging = new Relay(broker) { Unanswered = [ApiKey.CreateTopics] };
        var created = await CommandRun.OfAsync("", "topic", "create", "t", "--brokers", hanging.Address).WaitAsync(TimeSpan.FromSeconds(40));
        Assert.Equal((1, ""), (created.ExitCode, created.Data));
        Assert.Contains($"The broker {hanging.Address} was asked to create the topic t and did not answer: ", created.Notes, StringComparison.Ordinal);
        Assert.Contains("`moldau topic describe t` shows how things are.", created.Notes, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_name_that_another_program_gave_cannot_take_over_the_terminal()
    {
        await using var broker = await KafkaBroker.StartAsync(new KafkaBrokerOptions { Port = 0, SaslPort = 0 });
        string[] at = ["--brokers", broker.BootstrapServers];
        await CommandRun.OfAsync("", ["user", "add", "\u001b[2Ja\tb", .. at]);
        Assert.Contains("\\u001b[2Ja\\tb\tSCRAM-SHA-256", (await CommandRun.OfAsync("", ["user", "list", .. at])).Data, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_the_broker_refuses_of_topics_is_told_in_its_words()
    {
        await using var broker = await KafkaBroker.StartAsync(new KafkaBrokerOptions { Port = 0 });
        string[] at = ["--brokers", broker.BootstrapServers];
        await CommandRun.OfAsync("", ["topic", "create", "a.b", .. at]);
        var beside = await CommandRun.OfAsync("", ["topic", "create", "a_b", .. at]);
        Assert.Equal(1, beside.ExitCode);
        Assert.Contains("differs from the topic 'a.b' only in", beside.Notes, StringComparison.Ordinal);
        Assert.DoesNotContain("249", beside.Notes, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Only_the_brokers_own_topics_are_left_out_of_the_list()
    {
        await using var broker = await KafkaBroker.StartAsync(new KafkaBrokerOptions { Port = 0 });
        string[] at = ["--brokers", broker.BootstrapServers];
        await CommandRun.OfAsync("", ["topic", "create", "__mine", .. at]);
        await CommandRun.OfAsync("one\n", ["produce", "__mine", .. at]);
        await CommandRun.OfAsync("", ["consume", "__mine", "--from-beginning", "--max", "1", .. at]);
        Assert.Equal("__mine\n", (await CommandRun.OfAsync("", ["topic", "list", .. at])).Data);
        Assert.Equal("__consumer_offsets\n__mine\n", (await CommandRun.OfAsync("", ["topic", "list", "--all", .. at])).Data);
        var kept = await CommandRun.OfAsync("", ["topic", "delete", "__consumer_offsets", .. at]);
        Assert.Contains("it is one of its own topics", kept.Notes, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_user_that_was_added_logs_in_until_removed()
    {
        await using var broker = await KafkaBroker.StartAsync(new KafkaBrokerOptions { Port = 0, SaslPort = 0 });
        string plain = broker.BootstrapServers;
        string[] secure = ["--brokers", broker.SaslBootstrapServers!, "--ca", broker.CaCertificatePath!];
        string[] login = ["topic", "list", .. secure, "--username", "eva", "--password-stdin"];

        var added = await CommandRun.OfAsync("", "user", "add", "eva", "--brokers", plain);
        Assert.Equal(0, added.ExitCode);
        Assert.Equal(0, (await CommandRun.OfAsync(added.Data, login)).ExitCode);
        var users = await CommandRun.OfAsync("", "user", "list", "--brokers", plain);
        Assert.Contains("eva\tSCRAM-SHA-256, SCRAM-SHA-512\n", users.Data, StringComparison.Ordinal);

        var wrong = await CommandRun.OfAsync("not the password\n", login);
        Assert.Equal(1, wrong.ExitCode);
        Assert.Contains("refused the login of eva", wrong.Notes, StringComparison.Ordinal);
        Assert.DoesNotContain("not the password", wrong.Notes, StringComparison.Ordinal);

        Assert.Equal(0, (await CommandRun.OfAsync("", "user", "remove", "eva", "--brokers", plain)).ExitCode);
        Assert.Equal(1, (await CommandRun.OfAsync(added.Data, login)).ExitCode);
    }
}
