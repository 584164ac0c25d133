using Moldau.Cli.Tests.Clients;

namespace Moldau.Cli.Tests.Commands;

public class CommandLineTests
{
    [Theory]
    [InlineData("consume", "t", "--mean", "0")]
    [InlineData("consume", "t", "--mean", "3", "--words")]
    [InlineData("consume", "t", "--max", "0")]
    [InlineData("up", "--memory", "--data", "somewhere")]
    [InlineData("up", "--port", "70000")]
    [InlineData("produce", "t", "-o", "xml")]
    [InlineData("topic", "create", "t", "--config", "retention.ms")]
    [InlineData("fly")]
    public async Task A_wrong_command_line_does_nothing_and_answers_2(params string[] arguments)
    {
        var ran = await CommandRun.OfAsync("", arguments);
        Assert.Equal((2, ""), (ran.ExitCode, ran.Data));
        Assert.Contains("Nothing was done", ran.Notes, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_broker_that_is_not_there_is_named_with_the_remedy()
    {
        // Nothing listens on port 1 of this machine.
        var ran = await CommandRun.OfAsync("", "topic", "list", "--brokers", "127.0.0.1:1");
        Assert.Equal((1, ""), (ran.ExitCode, ran.Data));
        Assert.Contains("No broker answers at 127.0.0.1:1", ran.Notes, StringComparison.Ordinal);
        Assert.Contains("moldau up", ran.Notes, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_missing_certificate_is_named_before_anything_is_tried()
    {
        var ran = await CommandRun.OfAsync("secret\n", "produce", "t", "--username", "u", "--password-stdin", "--ca", "/nowhere/ca.pem");
        Assert.Equal(1, ran.ExitCode);
        Assert.Contains("/nowhere/ca.pem", ran.Notes, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", ran.Notes + ran.Data, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_produced_is_consumed_and_counted()
    {
        using var cluster = new MockCluster();
        cluster.CreateTopic("lines", partitions: 1);
        string[] on = ["lines", "--brokers", cluster.BootstrapServers];
        var produced = await CommandRun.OfAsync("one two\n\nand now seven words in this line\n", ["produce", .. on]);
        Assert.Equal((0, ""), (produced.ExitCode, produced.Data));
        Assert.Contains("Delivered 3 message(s) to lines.", produced.Notes, StringComparison.Ordinal);

        var consumed = await CommandRun.OfAsync("", ["consume", .. on, "--words", "--alert", "6", "--from-beginning", "--max", "3"]);
        Assert.Equal(
            (0, "one two\t2 words\n\t0 words\nand now seven words in this line\t7 words\tALERT: more than 6 words\n"),
            (consumed.ExitCode, consumed.Data));
    }

    [Fact]
    public async Task What_is_no_number_is_reported_beside_the_data()
    {
        using var cluster = new MockCluster();
        cluster.CreateTopic("numbers", partitions: 1);
        string[] on = ["numbers", "--brokers", cluster.BootstrapServers];
        await CommandRun.OfAsync("1\n2\noops\n3\n", ["produce", .. on]);
        var consumed = await CommandRun.OfAsync("", ["consume", .. on, "--mean", "3", "--from-beginning", "--max", "4"]);
        Assert.Equal((0, "1\n2\n2\tmean of 1, 2, 3\n"), (consumed.ExitCode, consumed.Data));
        Assert.Contains("numbers, partition 0, offset 2: no finite number, left out: oops", consumed.Notes, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_topic_that_does_not_exist_is_named_with_the_remedy()
    {
        using var cluster = new MockCluster();
        var ran = await CommandRun.OfAsync("", "consume", "nowhere", "--brokers", cluster.BootstrapServers);
        Assert.Equal(1, ran.ExitCode);
        Assert.Contains("moldau topic create nowhere", ran.Notes, StringComparison.Ordinal);
    }
}
