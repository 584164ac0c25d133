using System.Diagnostics;

namespace Moldau.Benchmarks;

/// <summary>
/// From the last of many members that join at the same time to an assignment that all of them have, in both group protocols. The members
/// beat without a pause, so that it is the broker that is measured, and not the interval of their heartbeats. Medians of rounds, each with groups
/// of its own.
/// </summary>
internal sealed class Rebalances(string? executable, int rounds)
{
    private const int Connections = 16;

    private static readonly int[] Sizes = [1, 100, 1_000];

    public void Run(TextWriter output) => RunAsync(output).GetAwaiter().GetResult();

    private async Task RunAsync(TextWriter output)
    {
        using var broker = BrokerProcess.Start(executable);
        await BenchTopic.CreateAsync(broker, Sizes[^1]);
        var consumer = Sizes.ToDictionary(size => size, _ => new List<double>());
        var classic = Sizes.ToDictionary(size => size, _ => new List<double>());
        for (int round = 0; round < rounds; round++)
        {
            foreach (int members in Sizes)
            {
                consumer[members].Add(await ConsumerAsync(broker, members, round));
                classic[members].Add(await ClassicAsync(broker, members, round));
            }
        }
        output.WriteLine($"Medians of {rounds} rounds.");
        output.WriteLine();
        output.WriteLine("| members | consumer protocol ms | classic protocol ms |");
        output.WriteLine("|---:|---:|---:|");
        foreach (int members in Sizes)
            output.WriteLine($"| {members} | {Figures.Median(consumer[members]).Text("0")} | {Figures.Median(classic[members]).Text("0")} |");
    }

    private static async Task<double> ConsumerAsync(BrokerProcess broker, int count, int round)
    {
        var members = Enumerable.Range(0, count).Select(_ => new ConsumerMember($"consumer-{count}-{round}")).ToArray();
        await Load.ForEachAsync(broker, Connections, members, (connection, member) => member.BeatAsync(connection));
        long joined = Stopwatch.GetTimestamp();
        bool HasItsShare(ConsumerMember member) => member.Epoch == members[0].Epoch && member.OwnedCount == Sizes[^1] / count;
        while (!members.All(HasItsShare))
            await Load.ForEachAsync(broker, Connections, members, (connection, member) => member.BeatAsync(connection));
        return Stopwatch.GetElapsedTime(joined).TotalMilliseconds;
    }

    private static async Task<double> ClassicAsync(BrokerProcess broker, int count, int round)
    {
        var members = Enumerable.Range(0, count).Select(_ => new ClassicMember($"classic-{count}-{round}")).ToArray();
        long stable = await ClassicMember.JoinAsync(members, broker.Bootstrap);
        return Stopwatch.GetElapsedTime(members.Max(member => member.JoinedAt), stable).TotalMilliseconds;
    }
}
