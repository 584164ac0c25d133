using Moldau.Cli.Tests.Clients;

namespace Moldau.Cli.Tests.Commands;

public class ProduceTests
{
    [Fact]
    public async Task Ctrl_C_ends_it_when_what_is_under_way_is_delivered()
    {
        await using var broker = await TestBroker.WithTopicAsync("lines");
        using var keyboard = new Keyboard("one\n");
        var ran = await CommandRun.StoppedAtFirstDataAsync(keyboard, "produce", "lines", "-o", "json", "--brokers", broker.Address);
        Assert.Equal((0, """{"topic":"lines","partition":0,"offset":0}""" + "\n"), (ran.ExitCode, ran.Data));
        Assert.Contains("Delivered 1 message to lines.", ran.Notes, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_message_that_is_lost_is_named_with_the_reason()
    {
        await using var broker = await TestBroker.StartAsync();
        string[] at = ["--brokers", broker.Address];
        await CommandRun.OfAsync("", ["topic", "create", "keys", "--config", "cleanup.policy=compact", .. at]);

        var keyless = await CommandRun.OfAsync("one\n", ["produce", "keys", .. at]);
        Assert.Equal(1, keyless.ExitCode);
        Assert.Contains("Not delivered: message 1 (\"one\"): ", keyless.Notes, StringComparison.Ordinal);
        Assert.Contains("takes only messages with a key", keyless.Notes, StringComparison.Ordinal);

        var large = await CommandRun.OfAsync($"one\n{new string('x', 1_100_000)}\n", ["produce", "lines", .. at]);
        Assert.Contains($"message 2 (\"{new string('x', 40)}...\"): The broker takes no message as large", large.Notes, StringComparison.Ordinal);
        Assert.DoesNotContain("rying again", large.Notes, StringComparison.Ordinal);
        Assert.Contains("Delivered 1 message to lines", large.Notes, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_came_before_the_input_broke_is_delivered()
    {
        await using var broker = await TestBroker.WithTopicAsync("lines");
        using var input = new Keyboard("one\ntwo\n") { Breaks = true };
        var ran = await CommandRun.OfAsync(input, "produce", "lines", "--brokers", broker.Address);
        Assert.Equal(1, ran.ExitCode);
        Assert.Contains("Delivered 2 messages to lines.", ran.Notes, StringComparison.Ordinal);
        Assert.Contains("could not be read to its end: Is a directory", ran.Notes, StringComparison.Ordinal);
    }
}
