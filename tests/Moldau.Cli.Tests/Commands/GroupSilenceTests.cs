using Confluent.Kafka;
using Moldau.Cli.Clients;
using Moldau.Cli.Tests.Clients;
using Moldau.Protocol;
using ErrorCode = Confluent.Kafka.ErrorCode;

namespace Moldau.Cli.Tests.Commands;

public class GroupSilenceTests
{
    [Fact]
    public async Task Groups_are_listed_also_where_another_broker_does_not_answer_and_that_one_is_named()
    {
        await using var broker = await TestBroker.WithTopicAsync("t");
        // Nothing listens on port 1 of this machine.
        await using var cluster = new Relay(broker) { CompanionPort = 1 };
        await CommandRun.OfAsync("", "group", "reset", "g", "--topic", "t", "--to-earliest", "--execute", "--create", "--brokers", broker.Address);
        var list = await CommandRun.OfAsync("", "group", "list", "--brokers", cluster.Address);
        Assert.Equal((1, "g\n"), (list.ExitCode, list.Data));
        Assert.Contains("The broker 127.0.0.1:1 did not say which groups it has: ", list.Notes, StringComparison.Ordinal);
        Assert.Contains("may be incomplete", list.Notes, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("what the group g is", nameof(ApiKey.DescribeGroups), nameof(ApiKey.ConsumerGroupDescribe))]
    [InlineData("what the group g has committed", nameof(ApiKey.OffsetFetch))]
    [InlineData("which groups it has", nameof(ApiKey.ListGroups))]
    public async Task A_broker_that_answers_all_but_one_question_is_told_with_its_address_and_the_question(string question, params string[] unanswered)
    {
        await using var broker = await TestBroker.WithTopicAsync("t");
        if (unanswered[0] == nameof(ApiKey.OffsetFetch))
        {
            await CommandRun.OfAsync("", "group", "reset", "g", "--topic", "t", "--to-latest", "--execute", "--create", "--brokers", broker.Address);
        }

        await using var hanging = new Relay(broker) { Unanswered = [.. unanswered.Select(Enum.Parse<ApiKey>)] };
        var described = await CommandRun.OfAsync("", "group", "describe", "g", "--brokers", hanging.Address);
        Assert.Equal((1, ""), (described.ExitCode, described.Data));
        Assert.Contains($"The broker {hanging.Address} did not say {question}: ", described.Notes, StringComparison.Ordinal);
        Assert.DoesNotContain("No broker answers", described.Notes, StringComparison.Ordinal);
        Assert.DoesNotContain("There is no group", described.Notes, StringComparison.Ordinal);
        Assert.DoesNotContain("--username", described.Notes, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_leader_that_does_not_say_how_far_partitions_reach_is_told_and_no_group_is_set_to_an_offset_that_there_is_not()
    {
        await using var broker = await TestBroker.WithTopicAsync("t");
        await (await JoinedShareMember.JoinAsync(broker, "shared", "t", partitions: 1)).LeaveAsync();
        await CommandRun.OfAsync("", "group", "reset", "g", "--topic", "t", "--to-latest", "--execute", "--create", "--brokers", broker.Address);
        await using var hanging = new Relay(broker) { Unanswered = [ApiKey.ListOffsets] };
        string[] commands = ["group describe g", "group why g", "group reset g --topic t --to-latest --execute", "group reset shared --topic t --to-latest --execute", "topic describe t"];
        await Task.WhenAll(commands.Select(async command =>
        {
            var run = await CommandRun.OfAsync("", [.. command.Split(' '), "--brokers", hanging.Address]);
            Assert.Equal((1, ""), (run.ExitCode, run.Data));
            Assert.Contains($"The broker {hanging.Address} did not say how far the partitions reach: ", run.Notes, StringComparison.Ordinal);
        }));
    }

    [Fact]
    public async Task A_coordinator_that_does_not_speak_of_a_share_group_is_told_with_its_address()
    {
        await using var broker = await TestBroker.WithTopicAsync("t");
        using var member = await JoinedShareMember.JoinAsync(broker, "s", "t", partitions: 1);
        await using var hanging = new Relay(broker) { Unanswered = [ApiKey.ShareGroupDescribe] };
        var described = await CommandRun.OfAsync("", "group", "describe", "s", "--brokers", hanging.Address);
        Assert.Equal((1, ""), (described.ExitCode, described.Data));
        Assert.Contains($"The broker {hanging.Address}, which has the group, did not answer: there was no answer within 10 seconds.", described.Notes, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_change_whose_answer_is_lost_may_have_been_made_and_nobody_is_told_to_make_it_again()
    {
        await using var broker = await TestBroker.WithTopicAsync("t");
        await (await JoinedShareMember.JoinAsync(broker, "shared", "t", partitions: 1)).LeaveAsync();
        foreach (string group in (string[])["gone", "moved"])
        {
            await CommandRun.OfAsync("", "group", "reset", group, "--topic", "t", "--to-earliest", "--execute", "--create", "--brokers", broker.Address);
        }

        await using var relay = new Relay(broker) { Lost = [ApiKey.DeleteGroups, ApiKey.OffsetCommit, ApiKey.AlterShareGroupOffsets] };
        string[] to = ["--topic", "t", "--to-latest", "--execute"];
        await Task.WhenAll(
            LosesAsync("gone", "delete", ["delete", "gone"]),
            LosesAsync("moved", "reset", ["reset", "moved", .. to]),
            LosesAsync("shared", "reset", ["reset", "shared", .. to]));
        Assert.Equal("moved\nshared\n", (await CommandRun.OfAsync("", "group", "list", "--brokers", broker.Address)).Data);

        async Task LosesAsync(string group, string verb, string[] arguments)
        {
            var run = await CommandRun.OfAsync("", ["group", .. arguments, "--brokers", relay.Address]);
            Assert.Equal((1, ""), (run.ExitCode, run.Data));
            Assert.Contains($" was asked to {verb} the group {group} and did not answer: ", run.Notes, StringComparison.Ordinal);
            Assert.Contains($"It may have done it, or do it yet. `moldau group describe {group}` shows how things are.", run.Notes, StringComparison.Ordinal);
            Assert.DoesNotContain("once more", run.Notes, StringComparison.OrdinalIgnoreCase);
        }
    }

    [Theory]
    [InlineData(ErrorCode.Local_TimedOut, "Local: Timed out")]
    [InlineData(ErrorCode.Local_Transport, "Local: Broker transport failure")]
    public void A_broker_that_says_nothing_is_told_in_own_words(ErrorCode code, string words)
    {
        var failure = Explanation.Of(new Error(code, words), new Connection("here:9092"));
        Assert.StartsWith("No broker answers at here:9092: nothing refused the connection", failure.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("Local", failure.Message + failure.Remedy, StringComparison.Ordinal);
        Assert.Contains("--username", failure.Remedy, StringComparison.Ordinal);
    }
}
