using Moldau.Broker;
using Moldau.Cli.Tests.Clients;
using Moldau.Protocol;

namespace Moldau.Cli.Tests.Commands;

/// <summary>What a command answers that Ctrl-C or SIGTERM has kept from its end.</summary>
public class InterruptionTests
{
    private static readonly CancellationToken Stopped = new(canceled: true);

    [Theory]
    [InlineData("topic", "create", "t")]
    [InlineData("topic", "list")]
    [InlineData("topic", "describe", "t")]
    [InlineData("group", "why", "g")]
    [InlineData("group", "list")]
    [InlineData("transaction", "list")]
    [InlineData("transaction", "find-hanging")]
    [InlineData("user", "remove", "eva")]
    [InlineData("produce", "t")]
    [InlineData("consume", "t")]
    public async Task A_command_that_has_reached_no_broker_is_given_up(params string[] arguments)
    {
        // Nothing listens on port 1 of this machine.
        var ran = await CommandRun.StoppedAsync(Stopped, [.. arguments, "--brokers", "127.0.0.1:1"]);
        Assert.Equal((130, "moldau: Given up. Nothing was changed.\n"), (ran.ExitCode, ran.Notes));
    }

    [Theory]
    [InlineData(nameof(ApiKey.CreateTopics), "create the topic new", "topic describe new", "topic", "create", "new")]
    [InlineData(nameof(ApiKey.DeleteTopics), "delete the topic t", "topic describe t", "topic", "delete", "t")]
    [InlineData(nameof(ApiKey.AlterUserScramCredentials), "give the user eva a password", "user list", "user", "add", "eva")]
    [InlineData(nameof(ApiKey.DeleteGroups), "delete the group a b", "group describe 'a b'", "group", "delete", "a b")]
    [InlineData(nameof(ApiKey.OffsetCommit), "reset the group g", "group describe g", "group", "reset", "g", "--create", "--topic", "t", "--to-latest", "--execute")]
    public async Task A_change_that_was_asked_for_may_have_been_made_and_how_to_see_that_is_told(string unanswered, string what, string look, params string[] arguments)
    {
        var ran = await StoppedAtAsync(unanswered, arguments);
        Assert.Equal((130, ""), (ran.ExitCode, ran.Data));
        Assert.Contains($"it was asked to {what}, and may have done it, or do it yet.", ran.Notes, StringComparison.Ordinal);
        Assert.Contains($"`moldau {look}` shows how things are.", ran.Notes, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_reset_that_a_share_group_was_asked_for_may_have_been_made()
    {
        await using var broker = await TestBroker.WithTopicAsync("t");
        await (await JoinedShareMember.JoinAsync(broker, "s", "t", partitions: 1)).LeaveAsync();
        var ran = await StoppedAtAsync(broker, nameof(ApiKey.AlterShareGroupOffsets), ["group", "reset", "s", "--topic", "t", "--to-latest", "--execute"]);
        Assert.Equal((130, ""), (ran.ExitCode, ran.Data));
        Assert.Contains("it was asked to reset the group s, and may have done it, or do it yet.", ran.Notes, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(nameof(ApiKey.DescribeConfigs), "topic", "describe", "t")]
    [InlineData(nameof(ApiKey.DescribeUserScramCredentials), "user", "list")]
    [InlineData(nameof(ApiKey.ListGroups), "group", "list")]
    [InlineData(nameof(ApiKey.ListTransactions), "transaction", "list")]
    [InlineData(nameof(ApiKey.DescribeProducers), "transaction", "abort", "--topic", "t", "--partition", "0", "--start-offset", "0")]
    [InlineData(nameof(ApiKey.OffsetFetch), "group", "reset", "g", "--topic", "t", "--to-latest")]
    public async Task A_question_that_is_not_answered_has_changed_nothing(string unanswered, params string[] arguments)
    {
        var ran = await StoppedAtAsync(unanswered, arguments);
        Assert.Equal((130, "moldau: Given up. Nothing was changed.\n"), (ran.ExitCode, ran.Notes));
    }

    [Theory]
    [InlineData("topic", "list", "--username", "eva", "--password-stdin")]
    [InlineData("user", "add", "eva", "--new-password-stdin")]
    public async Task The_wait_for_a_password_is_given_up(params string[] arguments)
    {
        using var stop = new CancellationTokenSource();
        using var keyboard = new Keyboard("") { Waits = stop.Cancel };
        var ran = await CommandRun.StoppedAsync(keyboard, stop.Token, arguments);
        Assert.Equal((130, "moldau: Given up. Nothing was changed.\n"), (ran.ExitCode, ran.Notes));
    }

    [Theory]
    [InlineData("up", "--memory", "--port", "0", "--sasl-port", "0")]
    [InlineData("play")]
    [InlineData("play", "lines")]
    public async Task What_runs_until_it_is_stopped_ends_well_however_far_it_has_come(params string[] arguments)
    {
        var ran = await CommandRun.StoppedAsync(Stopped, arguments);
        Assert.Equal((0, ""), (ran.ExitCode, ran.Notes));
    }

    private static async Task<CommandRun> StoppedAtAsync(string unanswered, string[] arguments)
    {
        await using var broker = await TestBroker.WithTopicAsync("t");
        return await StoppedAtAsync(broker, unanswered, arguments);
    }

    private static async Task<CommandRun> StoppedAtAsync(TestBroker broker, string unanswered, string[] arguments)
    {
        using var stop = new CancellationTokenSource();
        await using var relay = new Relay(broker) { Unanswered = [Enum.Parse<ApiKey>(unanswered)], Withholds = stop.Cancel };
        return await CommandRun.StoppedAsync(stop.Token, [.. arguments, "--brokers", relay.Address]);
    }
}
