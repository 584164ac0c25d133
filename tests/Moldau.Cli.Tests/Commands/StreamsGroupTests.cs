using Moldau.Cli.Tests.Clients;

namespace Moldau.Cli.Tests.Commands;

public class StreamsGroupTests
{
    private const string PositionsHeader = "topic\tpartition\tcommitted\tfirst offset\tnext offset\tlag\tclient\n";

    [Fact]
    public async Task A_streams_group_is_listed_and_described_with_its_topology_and_tasks()
    {
        await using var broker = await BrokerAsync();
        using var member = await JoinedStreamsMember.JoinAsync(broker, "app", "t");
        await member.HaveAsync(tasks: 3);
        Assert.Equal("""{"group":"app","type":"streams","state":"Stable"}""" + "\n", (await RunAsync(broker, "list", "-o", "json")).Data);

        var described = await RunAsync(broker, "describe", "app");
        Assert.StartsWith("group\tapp\ntype\tstreams\nstate\tStable\nassignor\tsticky\nepoch\t", described.Data, StringComparison.Ordinal);
        Assert.Contains(
            $"\ntopology epoch\t0\ncoordinator\t{broker.Address}\n"
            + "subtopology\treads\trepartitions by\tchangelogs\n0\tt\tapp-sorted-repartition\t\n1\tapp-sorted-repartition\t\tapp-seen-changelog\n"
            + $"member\tclient\thost\tactive\tstandby\n{member.Id}\tmoldau\t/127.0.0.1\t0:0 1:0-1\t\n{PositionsHeader}",
            described.Data,
            StringComparison.Ordinal);
        Assert.EndsWith("\nt\t0\tnone\t0\t2\t-\tmoldau\n", described.Data, StringComparison.Ordinal);

        string json = (await RunAsync(broker, "describe", "app", "-o", "json")).Data;
        Assert.Contains(
            "\"subtopology\":\"1\",\"sourceTopics\":[],\"repartitionSinkTopics\":[],\"repartitionSourceTopics\":[{\"topic\":\"app-sorted-repartition\",\"partitions\":2}],"
            + "\"changelogTopics\":[{\"topic\":\"app-seen-changelog\",\"partitions\":2}]}",
            json,
            StringComparison.Ordinal);
        Assert.Contains(
            "\"active\":[{\"subtopology\":\"0\",\"partition\":0},{\"subtopology\":\"1\",\"partition\":0},{\"subtopology\":\"1\",\"partition\":1}],\"standby\":[],\"warmUp\":[],",
            json,
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_application_takes_over_the_positions_of_a_group_that_was_made_for_it()
    {
        await using var broker = await BrokerAsync();
        var made = await RunAsync(broker, "reset", "app", "--topic", "t", "--to-offset", "1", "--create", "--execute");
        Assert.Equal(0, made.ExitCode);
        using var member = await JoinedStreamsMember.JoinAsync(broker, "app", "t");
        await member.HaveAsync(tasks: 3);
        string described = (await RunAsync(broker, "describe", "app")).Data;
        Assert.Contains("\ntype\tstreams\n", described, StringComparison.Ordinal);
        Assert.EndsWith("\nt\t0\t1\t0\t2\t1\tmoldau\n", described, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_streams_group_is_reset_and_deleted_once_it_has_no_members_and_its_own_topics_stay()
    {
        await using var broker = await BrokerAsync();
        var member = await JoinedStreamsMember.JoinAsync(broker, "app", "t");
        await member.HaveAsync(tasks: 3);
        string[] reset = ["reset", "app", "--topic", "t", "--to-offset", "1", "--execute"];
        foreach (string[] arguments in (string[][])[reset, ["delete", "app"]])
        {
            var refused = await RunAsync(broker, arguments);
            Assert.Equal(1, refused.ExitCode);
            Assert.Contains("The group app has 1 member and cannot be", refused.Notes, StringComparison.Ordinal);
            Assert.Contains("Stop its application first.", refused.Notes, StringComparison.Ordinal);
        }

        await member.LeaveAsync();
        var done = await RunAsync(broker, reset);
        Assert.Equal((0, "topic\tpartition\tcommitted\tnew\trecords to read\nt\t0\tnone\t1\t1\n"), (done.ExitCode, done.Data));
        Assert.Contains("still there, with its state: app-seen-changelog, app-sorted-repartition.", done.Notes, StringComparison.Ordinal);
        Assert.EndsWith("\nt\t0\t1\t0\t2\t1\t-\n", (await RunAsync(broker, "describe", "app")).Data, StringComparison.Ordinal);
        var deleted = await RunAsync(broker, "delete", "app");
        Assert.Equal(0, deleted.ExitCode);
        Assert.Contains("still there, with its state: app-seen-changelog, app-sorted-repartition.", deleted.Notes, StringComparison.Ordinal);
        Assert.Contains("There is no group app", (await RunAsync(broker, "describe", "app")).Notes, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Why_a_streams_group_reads_nothing_is_told_at_each_step()
    {
        await using var broker = await BrokerAsync();
        var member = await JoinedStreamsMember.JoinAsync(broker, "app", "nosuch");
        Assert.StartsWith("nosuch: the application reads this topic, and it does not exist", (await RunAsync(broker, "why", "app")).Data, StringComparison.Ordinal);
        await RunAsync(broker.Address, "topic", "create", "nosuch");
        await member.HaveAsync(tasks: 3);
        Assert.DoesNotContain("does not exist", (await RunAsync(broker, "why", "app")).Data, StringComparison.Ordinal);

        await broker.SendAsync("nosuch", (0, "a"));
        Assert.Contains("nosuch:0: nothing is committed, and 1 record is there. The application begins with that, unless", (await RunAsync(broker, "why", "app")).Data, StringComparison.Ordinal);
        await member.LeaveAsync();
        Assert.Matches("^The group has no members: no thread of an application with this application.id is connected. The last one left, or was put out, [0-9]", (await RunAsync(broker, "why", "app")).Data);
    }

    [Fact]
    public async Task A_member_of_a_streams_group_that_has_yet_to_give_up_tasks_is_named()
    {
        await using var broker = await BrokerAsync();
        using var first = await JoinedStreamsMember.JoinAsync(broker, "app", "t");
        await first.HaveAsync(tasks: 3);
        using var second = await JoinedStreamsMember.JoinAsync(broker, "app", "t"); // The first has not been heard of since.
        Assert.Matches($@"\({first.Id}\) was asked, \d+ seconds? ago, at [-0-9: ]+Z, to give up the tasks [01]:[01] ", (await RunAsync(broker, "why", "app")).Data);
        Assert.Contains("\tactive\tstandby\tto give up\twaits for\n", (await RunAsync(broker, "describe", "app")).Data, StringComparison.Ordinal);
    }

    /// <summary>Two records in the one partition of t.</summary>
    private static async Task<TestBroker> BrokerAsync()
    {
        var broker = await TestBroker.WithTopicAsync(
            "t", 1, settings: [new("group.streams.assignment.interval.ms", "0"), new("group.streams.initial.rebalance.delay.ms", "0")]);
        await broker.SendAsync("t", (0, "a"), (0, "b"));
        return broker;
    }

    private static Task<CommandRun> RunAsync(TestBroker broker, params string[] arguments) => RunAsync(broker.Address, ["group", .. arguments]);

    private static Task<CommandRun> RunAsync(string address, params string[] arguments) => CommandRun.OfAsync("", [.. arguments, "--brokers", address]);
}
