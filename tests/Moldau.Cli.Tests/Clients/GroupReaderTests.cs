using Moldau.Cli.Analyses;
using Moldau.Cli.Clients;

namespace Moldau.Cli.Tests.Clients;

public class GroupReaderTests
{
    private static readonly DateTime Noon = new(2026, 1, 1, 12, 0, 0, DateTimeKind.Utc);

    [Fact]
    public void A_restart_goes_on_with_its_window_where_it_stopped()
    {
        using var cluster = new MockCluster();
        cluster.CreateTopic("numbers", partitions: 1);
        for (int i = 1; i <= 5; i++)
        {
            cluster.Send("numbers", 0, Noon.AddSeconds(i), $"{i}");
        }

        Assert.Equal(["1", "2", "mean 2"], Read(cluster, "g", messages: 3));
        Assert.Equal(["mean 3", "mean 4"], Read(cluster, "g", messages: 2));
    }

    [Fact]
    public void Several_partitions_are_read_in_the_order_of_time()
    {
        using var cluster = new MockCluster();
        cluster.CreateTopic("numbers", partitions: 3);
        int[] partitions = [2, 0, 1, 1, 0, 2, 2, 1, 0];
        for (int i = 0; i < partitions.Length; i++)
        {
            cluster.Send("numbers", partitions[i], Noon.AddSeconds(i), $"{i + 1}");
        }

        Assert.Equal(["1", "2", "mean 2", "mean 3"], Read(cluster, "g", messages: 4));
        Assert.Equal(["mean 4", "mean 5", "mean 6", "mean 7", "mean 8"], Read(cluster, "g", messages: 5));
    }

    [Fact]
    public void After_a_reader_whose_output_broke_nothing_is_missed()
    {
        using var cluster = new MockCluster();
        cluster.CreateTopic("numbers", partitions: 1);
        for (int i = 1; i <= 4; i++)
        {
            cluster.Send("numbers", 0, Noon.AddSeconds(i), $"{i}");
        }

        var broken = new Report { BreaksAt = 2 };
        Assert.Throws<IOException>(() => Read(cluster, "g", messages: 4, broken));
        using var stop = new CancellationTokenSource();
        var next = new Report { Last = "mean 3", Stop = stop };
        var reading = new Reading("numbers", "g") { Start = StartingPoint.Beginning };
        using (var reader = new GroupReader(new Connection(cluster.BootstrapServers), reading, new RollingMean(3), next))
        {
            reader.Run(stop.Token);
        }

        // The first two may have been committed before the output broke; what came after is shown now, with the right mean.
        Assert.Equal(["1", "2"], broken.Shown);
        Assert.Equal(["mean 2", "mean 3"], next.Shown.TakeLast(2));
    }

    [Fact]
    public async Task A_second_member_is_told_that_it_sees_a_part_only()
    {
        using var cluster = new MockCluster();
        cluster.CreateTopic("numbers", partitions: 1);
        using var stop = new CancellationTokenSource();
        var first = new Report();
        var second = new Report();
        var reading = new Reading("numbers", "g") { Start = StartingPoint.Beginning };
        using var one = new GroupReader(new Connection(cluster.BootstrapServers), reading, new RollingMean(3), first);
        var firstRun = Task.Run(() => one.Run(stop.Token), stop.Token);
        await one.Ready;
        using var two = new GroupReader(new Connection(cluster.BootstrapServers), reading, new RollingMean(3), second);
        var secondRun = Task.Run(() => two.Run(stop.Token), stop.Token);
        await two.Ready;

        await await Task.WhenAny(first.NoteOfPart, second.NoteOfPart, firstRun, secondRun);
        Assert.False(firstRun.IsCompleted || secondRun.IsCompleted, "a reader has stopped by itself");
        await stop.CancelAsync();
        await Task.WhenAll(firstRun, secondRun);
    }

    private static List<string> Read(MockCluster cluster, string group, int messages) => Read(cluster, group, messages, new Report());

    private static List<string> Read(MockCluster cluster, string group, int messages, Report report)
    {
        var reading = new Reading("numbers", group) { Start = StartingPoint.Beginning, MessagesMax = messages };
        using var reader = new GroupReader(new Connection(cluster.BootstrapServers), reading, new RollingMean(3), report);
        Assert.Equal(messages, reader.Run(CancellationToken.None));
        return report.Shown;
    }

    private sealed class Report : IReaderReport
    {
        private readonly TaskCompletionSource<string> _part = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public List<string> Shown { get; } = [];

        public int BreaksAt { get; init; } = int.MaxValue;

        public Task<string> NoteOfPart => _part.Task;

        /// <summary>What the reader is stopped at.</summary>
        public string? Last { get; init; }

        public CancellationTokenSource? Stop { get; init; }

        public void Found(in Message message, Finding finding)
        {
            Shown.Add(finding switch
            {
                _ when Shown.Count == BreaksAt => throw new IOException("nobody reads"),
                Finding.Mean mean => $"mean {mean.Value:R}",
                _ => message.Text,
            });
            if (Shown[^1] == Last)
            {
                Stop?.Cancel();
            }
        }

        public void Note(string text)
        {
            if (text.Contains("another member", StringComparison.Ordinal))
            {
                _part.TrySetResult(text);
            }
        }

        public void Flush()
        {
        }
    }
}
