using Confluent.Kafka;
using Moldau.Cli.Analyses;
using Moldau.Cli.Clients;
using Moldau.Protocol.Messages;

namespace Moldau.Cli.Tests.Clients;

public class GroupReaderTests
{
    [Fact]
    public async Task A_restart_goes_on_with_its_window_where_it_stopped()
    {
        await using var broker = await TestBroker.WithTopicAsync("numbers");
        await broker.SendAsync("numbers", Enumerable.Range(1, 5).Select(i => (0, $"{i}")));

        Assert.Equal(["1", "2", "mean 2"], Read(broker, messages: 3));
        Assert.Equal(["mean 3", "mean 4"], Read(broker, messages: 2));
    }

    [Fact]
    public async Task Several_partitions_are_read_in_the_order_of_time()
    {
        await using var broker = await TestBroker.WithTopicAsync("numbers", partitions: 3);
        int[] partitions = [2, 0, 1, 1, 0, 2, 2, 1, 0];
        await broker.SendAsync("numbers", partitions.Select((partition, i) => (partition, $"{i + 1}")));

        Assert.Equal(["1", "2", "mean 2", "mean 3"], Read(broker, messages: 4));
        Assert.Equal(["mean 4", "mean 5", "mean 6", "mean 7", "mean 8"], Read(broker, messages: 5));
    }

    [Fact]
    public async Task After_a_reader_whose_output_broke_nothing_is_missed()
    {
        await using var broker = await TestBroker.WithTopicAsync("numbers");
        await broker.SendAsync("numbers", Enumerable.Range(1, 4).Select(i => (0, $"{i}")));

        var broken = new ReaderReport { BreaksAt = 2 };
        Assert.Throws<IOException>(() => Read(broker, messages: 4, broken));
        using var stop = new CancellationTokenSource();
        var next = new ReaderReport { Last = "mean 3", Stop = stop };
        using (var reader = Reader(broker, new("numbers", "g") { Start = StartingPoint.Beginning }, next))
        {
            reader.Run(stop.Token);
        }

        // The first two may have been committed before the output broke; what came after is shown now, with the right mean.
        Assert.Equal(["1", "2"], broken.Shown);
        Assert.Equal(["mean 2", "mean 3"], next.Shown.TakeLast(2));
    }

    [Theory]
    [InlineData(2)]
    [InlineData(4)]
    public async Task What_could_not_be_written_is_not_committed_and_shown_again(int messages)
    {
        await using var broker = await TestBroker.WithTopicAsync("numbers");
        await broker.SendAsync("numbers", Enumerable.Range(1, 4).Select(i => (0, $"{i}")));

        var full = new ReaderReport { BreaksAtFlush = true };
        Assert.Throws<IOException>(() => Read(broker, messages, full));
        Assert.NotEmpty(full.Shown);
        Assert.Equal(["1", "2", "mean 2", "mean 3"], Read(broker, messages: 4));
    }

    [Fact]
    public async Task A_member_is_told_when_it_sees_a_part_only_and_when_it_sees_everything_again()
    {
        await using var broker = await TestBroker.WithTopicAsync("numbers", partitions: 2);
        using var firstStop = new CancellationTokenSource();
        using var secondStop = new CancellationTokenSource();
        var report = new ReaderReport();
        var reading = new Reading("numbers", "g");
        using var first = Reader(broker, reading, report);
        using var second = Reader(broker, reading, new ReaderReport());
        var firstRun = Task.Run(() => first.Run(firstStop.Token));
        await first.Ready;
        var secondRun = Task.Run(() => second.Run(secondStop.Token));

        await Among(report.NoteOfPart, firstRun, secondRun);
        await secondStop.CancelAsync();
        await secondRun;
        await Among(report.NoteOfAll, firstRun);
        await firstStop.CancelAsync();
        await firstRun;
    }

    [Fact]
    public async Task A_last_commit_that_is_refused_is_told()
    {
        await using var broker = await TestBroker.WithTopicAsync("numbers");
        await broker.SendAsync("numbers", (0, "1"), (0, "2"));
        using var stop = new CancellationTokenSource();
        using var evict = stop.Token.Register(() => EvictMembersAsync(broker, "g").GetAwaiter().GetResult());
        var report = new ReaderReport { Last = "2", Stop = stop };
        using var reader = Reader(broker, new("numbers", "g") { Start = StartingPoint.Beginning }, report);
        var failure = Assert.Throws<CommandFailure>(() => reader.Run(stop.Token));
        Assert.Contains("How far group g has read could not be committed", failure.Message, StringComparison.Ordinal);
    }

    private static async Task EvictMembersAsync(TestBroker broker, string group)
    {
        using var admin = new AdminClientBuilder(new AdminClientConfig(broker.Connection.ToConfig())).Build();
        var described = await admin.DescribeConsumerGroupsAsync([group]);
        var leave = new LeaveGroupRequest
        {
            GroupId = group,
            Members = [.. described.ConsumerGroupDescriptions[0].Members.Select(m => new LeaveGroupRequest.MemberIdentity { MemberId = m.ConsumerId })],
        };
        string[] address = broker.Address.Split(':');
        using var call = await BrokerCall.ConnectAsync(broker.Connection, address[0], int.Parse(address[1]), CancellationToken.None);
        await call.AskAsync<LeaveGroupRequest, LeaveGroupResponse>(leave, version: 3);
    }

    /// <summary>Fails with the reader that fails, instead of waiting for ever.</summary>
    private static async Task Among(Task awaited, params Task[] runs)
    {
        var ended = await Task.WhenAny([awaited, .. runs]);
        await ended;
        Assert.True(ended == awaited, "a reader has stopped by itself");
    }

    private static List<string> Read(TestBroker broker, int messages) => Read(broker, messages, new ReaderReport());

    private static List<string> Read(TestBroker broker, int messages, ReaderReport report)
    {
        var reading = new Reading("numbers", "g") { Start = StartingPoint.Beginning, MessagesMax = messages };
        using var reader = Reader(broker, reading, report);
        Assert.Equal(messages, reader.Run(CancellationToken.None));
        return report.Shown;
    }

    private static GroupReader Reader(TestBroker broker, Reading reading, ReaderReport report) =>
        new(broker.Connection, reading, new RollingMean(3), report);
}
