using System.Diagnostics;

namespace Moldau.Benchmarks;

/// <summary>
/// From the last of many members that join at the same time to an assignment that all of them have, in both group protocols. The members
/// beat without a pause, so that it is the broker that is measured, and not the interval of their heartbeats.
/// </summary>
internal sealed class Rebalances(string? executable)
{
    private const int Connections = 16;

    private static readonly int[] Sizes = [1, 100, 1_000];

    public void Run(TextWriter output)
    {
        using var broker = BrokerProcess.Start(executable);
        BenchTopic.CreateAsync(broker, Sizes[^1]).GetAwaiter().GetResult();
        output.WriteLine("members | consumer protocol ms   classic protocol ms");
        foreach (int members in Sizes)
        {
            double modern = ConsumerAsync(broker, members).GetAwaiter().GetResult();
            double classic = ClassicAsync(broker, members).GetAwaiter().GetResult();
            output.WriteLine($"{members,7} | {modern.Text("0"),20} {classic.Text("0"),21}");
        }
    }

    private static async Task<double> ConsumerAsync(BrokerProcess broker, int count)
    {
        var members = Enumerable.Range(0, count).Select(_ => new ConsumerMember($"consumer-{count}")).ToArray();
        await Load.ForEachAsync(broker, Connections, members, (connection, member) => member.BeatAsync(connection));
        long joined = Stopwatch.GetTimestamp();
        bool HasItsShare(ConsumerMember member) => member.Epoch == members[0].Epoch && member.OwnedCount == Sizes[^1] / count;
        while (!members.All(HasItsShare))
            await Load.ForEachAsync(broker, Connections, members, (connection, member) => member.BeatAsync(connection));
        return Stopwatch.GetElapsedTime(joined).TotalMilliseconds;
    }

    private static async Task<double> ClassicAsync(BrokerProcess broker, int count)
    {
        var members = Enumerable.Range(0, count).Select(_ => new ClassicMember($"classic-{count}")).ToArray();
        bool isStable = false;
        var running = Task.WhenAll(members.Select(member => Task.Run(() => member.RunAsync(broker.Bootstrap, () => Volatile.Read(ref isStable)))));
        while (members[0].Generation == 0 || members.Any(member => member.Generation != members[0].Generation))
        {
            if (running.IsFaulted) await running;
            await Task.Delay(1);
        }
        double milliseconds = Stopwatch.GetElapsedTime(members.Max(member => member.JoinedAt)).TotalMilliseconds;
        Volatile.Write(ref isStable, true);
        await running;
        foreach (var member in members) member.Dispose();
        return milliseconds;
    }
}
