using Confluent.Kafka;
using Moldau.Cli.Clients;
using Moldau.Cli.Commands.Groups;
using Moldau.Cli.Tests.Clients;

namespace Moldau.Cli.Tests.Commands;

public class GroupResetTests
{
    [Theory]
    [InlineData("--to-earliest", 0)]
    [InlineData("--to-latest", 4)]
    [InlineData("--to-offset=99", 4)]
    [InlineData("--shift-by=-1", 1)]
    [InlineData("--shift-by=100", 4)]
    [InlineData("--to-datetime=2026-01-01T12:00:03Z", 2)]
    [InlineData("--to-datetime=2026-01-01T12:00:02.5", 2)]
    [InlineData("--to-datetime=2026-01-01T14:00:03+02:00", 2)]
    [InlineData("--to-datetime=2099-01-01", 4)]
    [InlineData("--by-duration=PT1S", 4)]
    [InlineData("--by-duration=P30000D", 0)]
    public async Task A_reset_goes_where_it_says(string target, int offset)
    {
        await using var broker = await TestBroker.WithTopicAsync("t");
        await broker.SendAsync("t", (0, "a"), (0, "b"), (0, "c"), (0, "d"));
        await CommitAsync(broker, "g", 2);
        var reset = await CommandRun.OfAsync("", "group", "reset", "g", "--topic", "t", target, "--brokers", broker.Address);
        Assert.Equal($"t\t0\t2\t{offset}\t{4 - offset}", reset.Data.Split('\n')[1]);
    }

    [Fact]
    public async Task A_shift_of_a_group_without_positions_changes_nothing_and_says_so()
    {
        await using var broker = await TestBroker.WithTopicAsync("t");
        var reset = await CommandRun.OfAsync("", "group", "reset", "g", "--topic", "t", "--shift-by", "1", "--execute", "--create", "--brokers", broker.Address);
        Assert.Contains("Nothing was changed", reset.Notes, StringComparison.Ordinal);
        Assert.DoesNotContain("Reset the group", reset.Notes, StringComparison.Ordinal);
    }

    [Fact]
    public void A_reset_to_a_time_of_which_a_partition_says_nothing_fails()
    {
        var position = new GroupPosition(new TopicPartition("t", 3)) { First = 0, End = 10 };
        var failed = new TopicPartitionOffsetError(position.Partition, Offset.Unset, new Error(ErrorCode.LeaderNotAvailable));
        var target = new ToTime(DateTimeOffset.UnixEpoch);
        Assert.Contains("t:3", Assert.Throws<CommandFailure>(() => target.In(position, failed)).Message, StringComparison.Ordinal);
        Assert.Throws<CommandFailure>(() => target.In(position, null));
        Assert.Equal(10, target.In(position, new TopicPartitionOffsetError(position.Partition, Offset.End, new Error(ErrorCode.NoError))).Next);
    }

    [Theory]
    [InlineData("--topic takes TOPIC[:PARTITIONS]", "--topic", "t:3-1", "--to-latest")]
    [InlineData("One of these says where", "--topic", "t")]
    [InlineData("Only one of these says where", "--topic", "t", "--to-latest", "--shift-by", "3")]
    [InlineData("--to-datetime takes an ISO 8601 time", "--topic", "t", "--to-datetime", "yesterday")]
    [InlineData("--to-datetime takes an ISO 8601 time", "--topic", "t", "--to-datetime", "3.5")]
    [InlineData("--by-duration takes an ISO 8601 duration", "--topic", "t", "--by-duration", "6h")]
    public async Task A_reset_that_cannot_be_meant_is_refused(string words, params string[] arguments)
    {
        var run = await CommandRun.OfAsync("", ["group", "reset", "g", .. arguments]);
        Assert.Equal(2, run.ExitCode);
        Assert.Contains(words, run.Notes, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_group_that_does_not_exist_is_not_reset_by_a_slip_and_the_one_that_is_meant_is_named()
    {
        await using var broker = await TestBroker.WithTopicAsync("t");
        await broker.SendAsync("t", (0, "a"), (0, "b"));
        await CommitAsync(broker, "billing", 2);
        string[] reset = ["group", "reset", "bilings", "--topic", "t", "--to-earliest", "--brokers", broker.Address];
        foreach (string[] arguments in (string[][])[reset, [.. reset, "--execute"]])
        {
            var refused = await CommandRun.OfAsync("", arguments);
            Assert.Equal(1, refused.ExitCode);
            Assert.Contains("There is no group bilings", refused.Notes, StringComparison.Ordinal);
            Assert.Contains("Is billing meant? With --create", refused.Notes, StringComparison.Ordinal);
        }

        Assert.Equal(0, (await CommandRun.OfAsync("", [.. reset, "--create"])).ExitCode);
        Assert.Equal("billing\n", (await CommandRun.OfAsync("", "group", "list", "--brokers", broker.Address)).Data);
        Assert.Equal(0, (await CommandRun.OfAsync("", [.. reset, "--create", "--execute"])).ExitCode);
        Assert.Equal("bilings\nbilling\n", (await CommandRun.OfAsync("", "group", "list", "--brokers", broker.Address)).Data);
    }

    [Fact]
    public async Task A_reset_and_a_deletion_are_told_as_JSON()
    {
        await using var broker = await TestBroker.WithTopicAsync("t", 2);
        await broker.SendAsync("t", (0, "a"), (0, "b"));
        string[] on = ["-o", "json", "--brokers", broker.Address];
        await CommitAsync(broker, "g", 2, "t:0");
        string[] reset = ["group", "reset", "g", "--topic", "t", "--shift-by", "-1", .. on];
        const string Moved = """{"group":"g","topic":"t","partition":0,"committedOffset":2,"newOffset":1,"recordsToRead":1,"executed":""";
        const string Stays = """{"group":"g","topic":"t","partition":1,"committedOffset":null,"newOffset":null,"recordsToRead":null,"executed":false}""";
        Assert.Equal($"{Moved}false}}\n{Stays}\n", (await CommandRun.OfAsync("", reset)).Data);
        Assert.Equal($"{Moved}true}}\n{Stays}\n", (await CommandRun.OfAsync("", [.. reset, "--execute"])).Data);
        Assert.Equal("""{"group":"g","deleted":true}""" + "\n", (await CommandRun.OfAsync("", ["group", "delete", "g", .. on])).Data);
    }

    [Theory]
    [InlineData("nosuch")]
    [InlineData("t:9")]
    public async Task What_does_not_exist_is_a_failure_and_no_wrong_command_line(string topic)
    {
        await using var broker = await TestBroker.WithTopicAsync("t");
        Assert.Equal(1, (await CommandRun.OfAsync("", "group", "reset", "g", "--topic", topic, "--to-latest", "--brokers", broker.Address)).ExitCode);
    }

    [Fact]
    public void A_reset_to_a_time_after_the_newest_record_says_that_it_means_the_end()
    {
        var target = new ToTime(DateTimeOffset.UnixEpoch);
        ResetMove[] moves = [.. Enumerable.Range(0, 3).Select(i => target.In(Position(i), At(i, i == 1 ? 5 : Offset.End)))];
        Assert.Equal([10, 5, 10], moves.Select(move => move.Next!.Value));
        Assert.Equal(
            ["t:0,2 have no record of that time or later: there it means the end, and only what comes from then on is read."], ResetRemarks.Of(null, moves));
    }

    [Theory]
    [InlineData(11, "t:0 does not reach so far: there it means the nearest offset.")]
    [InlineData(10, null)]
    public void A_reset_beyond_what_there_is_says_so(long offset, string? remark) =>
        Assert.Equal(remark, ResetRemarks.Of(null, [new ToOffset(offset).In(Position(0), null)]).SingleOrDefault());

    [Fact]
    public void A_reset_in_a_topic_that_the_group_is_known_not_to_read_says_so()
    {
        ResetMove[] moves = [new ToLatest().In(Position(0), null)];
        var app = new StreamsGroupView("app") { Subtopologies = [new StreamsSubtopology("0") { Sources = ["u"] }] };
        Assert.Equal(
            ["t: the group does not read it, as far as its coordinator says. A position there counts only when a member reads it."], ResetRemarks.Of(app, moves));
        Assert.Empty(ResetRemarks.Of(app with { Subtopologies = [new StreamsSubtopology("0") { Sources = ["t"] }] }, moves));
        // Whoever reads with it next may be subscribed to anything.
        Assert.Empty(ResetRemarks.Of(new GroupView("g"), moves));
        var member = new GroupMember("id", "one", "/1.2.3.4") { Topics = ["u"] };
        Assert.Single(ResetRemarks.Of(new GroupView("g") { Members = [member] }, moves));
        Assert.Empty(ResetRemarks.Of(new GroupView("g") { Members = [member with { Pattern = "t.*" }] }, moves));
        Assert.Empty(ResetRemarks.Of(new GroupView("g") { Members = [member, member with { Topics = [] }] }, moves));
    }

    [Theory]
    [InlineData(null, null)]
    [InlineData(4L, 6L)]
    public void What_is_left_to_read_is_known_only_where_something_is_committed(long? committed, long? left) =>
        Assert.Equal(left, new ResetMove(Position(0) with { Committed = committed }, null).Left);

    private static GroupPosition Position(int partition) => new(new TopicPartition("t", partition)) { First = 2, End = 10 };

    private static TopicPartitionOffsetError At(int partition, Offset offset) => new(new TopicPartition("t", partition), offset, new Error(ErrorCode.NoError));

    private static async Task CommitAsync(TestBroker broker, string group, long offset, string topic = "t")
    {
        var reset = await CommandRun.OfAsync(
            "", "group", "reset", group, "--topic", topic, "--to-offset", $"{offset}", "--execute", "--create", "--brokers", broker.Address);
        Assert.Equal(0, reset.ExitCode);
    }
}
