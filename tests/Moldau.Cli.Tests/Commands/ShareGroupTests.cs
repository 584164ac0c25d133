using Moldau.Cli.Tests.Clients;
using Moldau.Protocol;

namespace Moldau.Cli.Tests.Commands;

public class ShareGroupTests
{
    private const string PositionsHeader = "topic\tpartition\tstart\tfirst offset\tnext offset\tlag\tmembers\n";

    [Fact]
    public async Task A_share_group_is_listed_and_described_with_its_members_and_where_it_begins()
    {
        await using var broker = await BrokerAsync();
        using var member = await JoinedShareMember.JoinAsync(broker, "s", "t", partitions: 2);
        var listed = await RunAsync(broker, "list", "-o", "json");
        Assert.Equal("""{"group":"s","type":"share","state":"Stable"}""" + "\n", listed.Data);

        var described = await RunAsync(broker, "describe", "s");
        Assert.StartsWith("group\ts\ntype\tshare\nstate\tStable\nassignor\tsimple\nepoch\t", described.Data, StringComparison.Ordinal);
        Assert.Contains($"\ncoordinator\t{broker.Address}\nmember\tclient\thost\tepoch\ttopics\tpartitions\n{member.Id}\tmoldau\t/127.0.0.1\t", described.Data, StringComparison.Ordinal);
        Assert.EndsWith($"\tt\tt:0-1\n{PositionsHeader}t\t0\tnone\t0\t2\t-\t1\nt\t1\tnone\t0\t1\t-\t1\n", described.Data, StringComparison.Ordinal);
        Assert.Contains("share.auto.offset.reset", described.Notes, StringComparison.Ordinal);

        string[] lines = (await RunAsync(broker, "describe", "s", "-o", "json")).Data.TrimEnd('\n').Split('\n');
        Assert.StartsWith("""{"group":"s","type":"share","state":"Stable","assignor":"simple","coordinator":""", lines[0], StringComparison.Ordinal);
        Assert.EndsWith("""
            "topics":["t"],"partitions":[{"topic":"t","partition":0},{"topic":"t","partition":1}]}
            """, lines[1], StringComparison.Ordinal);
        Assert.Equal(
            $$"""{"group":"s","topic":"t","partition":1,"startOffset":null,"firstOffset":0,"nextOffset":1,"lag":null,"members":["{{member.Id}}"]}""", lines[3]);
    }

    [Fact]
    public async Task A_share_group_with_members_is_neither_reset_nor_deleted_and_they_are_named()
    {
        await using var broker = await BrokerAsync();
        using var member = await JoinedShareMember.JoinAsync(broker, "s", "t", partitions: 2);
        string[] reset = ["reset", "s", "--topic", "t", "--to-earliest"];
        foreach (string[] refused in (string[][])[reset, [.. reset, "--execute"], ["delete", "s"]])
        {
            var run = await RunAsync(broker, refused);
            Assert.Equal(1, run.ExitCode);
            Assert.Contains("The group s has 1 member and cannot be", run.Notes, StringComparison.Ordinal);
            Assert.Contains($"moldau at /127.0.0.1 ({member.Id})", run.Notes, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_share_group_is_reset_read_to_the_end_and_deleted()
    {
        await using var broker = await BrokerAsync();
        await (await JoinedShareMember.JoinAsync(broker, "s", "t", partitions: 2)).LeaveAsync();
        string[] reset = ["reset", "s", "--topic", "t", "--to-earliest"];
        const string Moves = "topic\tpartition\tstart\tnew\trecords to read\nt\t0\tnone\t0\t2\nt\t1\tnone\t0\t1\n";
        var preview = await RunAsync(broker, reset);
        Assert.Equal((0, Moves), (preview.ExitCode, preview.Data));
        Assert.Contains("Nothing was changed. Once more with --execute does it.", preview.Notes, StringComparison.Ordinal);
        Assert.EndsWith("\nt\t1\tnone\t0\t1\t-\t0\n", (await RunAsync(broker, "describe", "s")).Data, StringComparison.Ordinal);
        Assert.Equal((0, Moves), Of(await RunAsync(broker, [.. reset, "--execute"])));
        Assert.EndsWith($"{PositionsHeader}t\t0\t0\t0\t2\t2\t0\nt\t1\t0\t0\t1\t1\t0\n", (await RunAsync(broker, "describe", "s")).Data, StringComparison.Ordinal);

        var member = await JoinedShareMember.JoinAsync(broker, "s", "t", partitions: 2);
        await member.ReadAllAsync();
        await member.LeaveAsync();
        // What is stored of the start may be older than what is stored of the records.
        Assert.EndsWith($"{PositionsHeader}t\t0\t0\t0\t2\t0\t0\nt\t1\t0\t0\t1\t0\t0\n", (await RunAsync(broker, "describe", "s")).Data, StringComparison.Ordinal);
        var back = await RunAsync(broker, "reset", "s", "--topic", "t:0", "--to-offset", "1", "--execute", "-o", "json");
        Assert.Equal("""{"group":"s","topic":"t","partition":0,"startOffset":0,"newOffset":1,"recordsToRead":1,"executed":true}""" + "\n", back.Data);
        Assert.Contains("\nt\t0\t1\t0\t2\t1\t0\n", (await RunAsync(broker, "describe", "s")).Data, StringComparison.Ordinal);

        var deleted = await RunAsync(broker, "delete", "s", "-o", "json");
        Assert.Equal((0, """{"group":"s","deleted":true}""" + "\n"), Of(deleted));
        Assert.Contains("There is no group s", (await RunAsync(broker, "describe", "s")).Notes, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--to-latest", 2)]
    [InlineData("--to-offset=99", 2)]
    [InlineData("--to-datetime=2026-01-01T12:00:02Z", 1)]
    public async Task A_reset_of_a_share_group_goes_where_it_says(string target, int offset)
    {
        await using var broker = await BrokerAsync();
        await (await JoinedShareMember.JoinAsync(broker, "s", "t", partitions: 2)).LeaveAsync();
        Assert.Equal(0, (await RunAsync(broker, "reset", "s", "--topic", "t:0", target, "--execute")).ExitCode);
        Assert.Contains($"\nt\t0\t{offset}\t0\t2\t{2 - offset}\t0\n", (await RunAsync(broker, "describe", "s")).Data, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Partitions_in_which_a_reset_of_a_share_group_is_refused_are_named_and_the_others_are_reset()
    {
        await using var broker = await BrokerAsync();
        await (await JoinedShareMember.JoinAsync(broker, "s", "t", partitions: 2)).LeaveAsync();
        await using var relay = new Relay(broker)
        {
            Alters = answer => (answer.Responses[0].Partitions[1].ErrorCode, answer.Responses[0].Partitions[1].ErrorMessage) = (ErrorCode.NotCoordinator, "It has moved."),
        };
        var reset = await CommandRun.OfAsync("", "group", "reset", "s", "--topic", "t", "--to-latest", "--execute", "--brokers", relay.Address);
        Assert.Equal((1, "topic\tpartition\tstart\tnew\trecords to read\nt\t0\tnone\t2\t0\nt\t1\tnone\tunchanged\t-\n"), Of(reset));
        Assert.Contains("The broker did not reset the group in t:1 (NotCoordinatorForGroup): It has moved.", reset.Notes, StringComparison.Ordinal);
        Assert.Contains("In the others it is reset. `moldau group describe s` shows how things are.", reset.Notes, StringComparison.Ordinal);
        Assert.Contains("\nt\t0\t2\t0\t2\t0\t0\n", (await RunAsync(broker, "describe", "s")).Data, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_share_group_that_there_is_not_is_made_with_its_starts_where_that_is_asked_for()
    {
        await using var broker = await BrokerAsync();
        string[] reset = ["reset", "s", "--topic", "t", "--to-offset", "1"];
        var missing = await RunAsync(broker, reset);
        Assert.Equal(1, missing.ExitCode);
        Assert.Contains("with --create-share a share group.", missing.Notes, StringComparison.Ordinal);
        const string Moves = "topic\tpartition\tstart\tnew\trecords to read\nt\t0\tnone\t1\t1\nt\t1\tnone\t1\t0\n";
        var preview = await RunAsync(broker, [.. reset, "--create-share"]);
        Assert.Equal((0, Moves), Of(preview));
        Assert.Contains("There is no such group yet: that makes it, a share group.", preview.Notes, StringComparison.Ordinal);
        Assert.Equal("", (await RunAsync(broker, "list")).Data);
        Assert.Equal((0, Moves), Of(await RunAsync(broker, [.. reset, "--create-share", "--execute"])));
        Assert.EndsWith($"{PositionsHeader}t\t0\t1\t0\t2\t1\t0\nt\t1\t1\t0\t1\t0\t0\n", (await RunAsync(broker, "describe", "s")).Data, StringComparison.Ordinal);
        Assert.Equal(0, (await RunAsync(broker, [.. reset, "--create-share", "--execute"])).ExitCode);

        var member = await JoinedShareMember.JoinAsync(broker, "s", "t", partitions: 2);
        await member.ReadAllAsync();
        await member.LeaveAsync();
        Assert.Contains("\nt\t0\t1\t0\t2\t0\t0\n", (await RunAsync(broker, "describe", "s")).Data, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_share_group_is_made_also_where_its_coordinator_is_just_starting()
    {
        await using var broker = await BrokerAsync();
        int finds = 0, starts = 0;
        await using var relay = new Relay(broker)
        {
            Finds = answer => answer.Coordinators.ForEach(found => found.ErrorCode = finds++ == 0 ? ErrorCode.CoordinatorNotAvailable : found.ErrorCode),
            Starts = answer => answer.Groups.ForEach(group => group.ErrorCode = starts++ switch
            {
                0 => ErrorCode.NotCoordinator,
                1 => ErrorCode.CoordinatorLoadInProgress,
                _ => group.ErrorCode,
            }),
        };
        var reset = await CommandRun.OfAsync("", "group", "reset", "s", "--topic", "t", "--to-offset", "1", "--create-share", "--execute", "--brokers", relay.Address);
        Assert.Equal((0, "Reset the group s.\n"), (reset.ExitCode, reset.Notes));
        Assert.Equal((2, 3), (finds, starts));
    }

    [Fact]
    public async Task A_group_of_another_kind_is_not_taken_for_the_share_group_that_was_to_be_made()
    {
        await using var broker = await BrokerAsync();
        await RunAsync(broker, "reset", "g", "--topic", "t", "--to-earliest", "--create", "--execute");
        var reset = await RunAsync(broker, "reset", "g", "--topic", "t", "--to-earliest", "--create-share", "--execute");
        Assert.Equal((1, ""), Of(reset));
        Assert.Contains("There is a group g already, and it is a classic group.", reset.Notes, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_share_group_has_no_position_that_could_be_shifted()
    {
        await using var broker = await BrokerAsync();
        await (await JoinedShareMember.JoinAsync(broker, "s", "t", partitions: 2)).LeaveAsync();
        var shift = await RunAsync(broker, "reset", "s", "--topic", "t", "--shift-by", "1", "--execute");
        Assert.Equal((1, ""), Of(shift));
        Assert.Contains("The group s is a share group: it is done with records one by one", shift.Notes, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Why_a_share_group_reads_nothing_is_told_at_each_step()
    {
        await using var broker = await BrokerAsync();
        var member = await JoinedShareMember.JoinAsync(broker, "s", "t", partitions: 2);
        Assert.StartsWith("t:0-1: no start is stored, and 3 records are there.", (await RunAsync(broker, "why", "s")).Data, StringComparison.Ordinal);
        await member.LeaveAsync();
        await RunAsync(broker, "reset", "s", "--topic", "t", "--to-earliest", "--execute");
        string[] lines = (await RunAsync(broker, "why", "s")).Data.Split('\n');
        Assert.Equal("The group has no members: no share consumer with this group.id is connected.", lines[0]);
        Assert.Equal("t:0-1: the group is not done with 3 records, and no member has these partitions.", lines[1]);

        member = await JoinedShareMember.JoinAsync(broker, "s", "t", partitions: 2);
        Assert.StartsWith("""{"group":"s","reason":"undone","topic":"t","partitions":[0,1],"records":3,""", (await RunAsync(broker, "why", "s", "-o", "json")).Data, StringComparison.Ordinal);
        await member.ReadAllAsync();
        string end = (await RunAsync(broker, "why", "s")).Data;
        Assert.StartsWith("t:0-1: at the end: nothing is left to do, and 3 records are still there. With the consumers stopped, `moldau group reset s ", end, StringComparison.Ordinal);
        member.Dispose();
    }

    private static (int ExitCode, string Data) Of(CommandRun run) => (run.ExitCode, run.Data);

    /// <summary>Two records in the first partition of t, and one in the second.</summary>
    private static async Task<TestBroker> BrokerAsync()
    {
        var broker = await TestBroker.WithTopicAsync("t", 2, settings: [new("group.share.assignment.interval.ms", "0")]);
        await broker.SendAsync("t", (0, "a"), (0, "b"), (1, "c"));
        return broker;
    }

    private static Task<CommandRun> RunAsync(TestBroker broker, params string[] arguments) =>
        CommandRun.OfAsync("", ["group", .. arguments, "--brokers", broker.Address]);
}
