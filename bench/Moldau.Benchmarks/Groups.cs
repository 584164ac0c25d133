using Moldau.Protocol.Messages;

namespace Moldau.Benchmarks;

/// <summary>
/// What very many members and groups cost: heartbeats in both protocols, commits beside the flushes that the bare disk makes just before, and
/// memory. Each round has a broker of its own; the medians of the rounds are shown.
/// </summary>
internal sealed class Groups(string? executable, int members, int rounds, double seconds)
{
    private const int MembersOfAGroup = 100, Askers = 64;

    public void Run(TextWriter output)
    {
        var measured = Enumerable.Range(0, rounds).Select(_ => RoundAsync().GetAwaiter().GetResult()).ToList();
        output.WriteLine($"Medians of {rounds} rounds; {members} members of the consumer protocol and a tenth as many classic ones, {MembersOfAGroup} a group; {members} groups with an offset and no members.");
        output.WriteLine();
        output.WriteLine("| what | figure | a bare flush | broker CPU us each |");
        output.WriteLine("|---|---:|---:|---:|");
        for (int i = 0; i < measured[0].Count; i++) output.WriteLine(Row(measured.ConvertAll(round => round[i])));
    }

    private static string Row(List<Measured> results)
    {
        string Median(Func<Measured, double?> figure, string format) =>
            figure(results[0]) is null ? "" : Figures.Median(results.Select(result => figure(result)!.Value)).Text(format);
        return $"| {results[0].What} | {Median(result => result.Figure, results[0].Format)} | {Median(result => result.PerFlush, "0.00")} | {Median(result => result.CpuMicros, "0.0")} |";
    }

    private async Task<List<Measured>> RoundAsync()
    {
        using var broker = BrokerProcess.Start(executable);
        await BenchTopic.CreateAsync(broker, MembersOfAGroup);
        await CommitAsync(broker, ["warm-up"]);
        var results = new List<Measured>();
        await ConsumersAsync(broker, results);
        await ClassicMembersAsync(broker, results);
        await GroupsAsync(broker, results);
        foreach (int askers in (int[])[1, 16, 256]) results.Add(await CommitsAsync(broker, askers));
        return results;
    }

    private async Task ConsumersAsync(BrokerProcess broker, List<Measured> results)
    {
        long before = broker.ResidentBytes;
        var all = Enumerable.Range(0, members).Select(member => new ConsumerMember($"consumers-{member / MembersOfAGroup}")).ToArray();
        for (int round = 0; round < 4; round++) await Load.ForEachAsync(broker, Askers, all, (connection, member) => member.BeatAsync(connection));
        results.Add(Memory("KB of a member, consumer protocol", broker.ResidentBytes - before, all.Length));
        results.Add(await HeartbeatsAsync(broker, "consumer", all.Length, (connection, member) => all[member].BeatAsync(connection)));
    }

    private async Task ClassicMembersAsync(BrokerProcess broker, List<Measured> results)
    {
        long before = broker.ResidentBytes;
        // Each joins on a connection of its own, and a group at a time: a tenth of them takes long enough.
        var all = Enumerable.Range(0, members / 10).Select(member => new ClassicMember($"classic-{member / MembersOfAGroup}")).ToArray();
        foreach (var group in all.Chunk(MembersOfAGroup)) await ClassicMember.JoinAsync(group, broker.Bootstrap);
        results.Add(Memory("KB of a member, classic protocol", broker.ResidentBytes - before, all.Length));
        results.Add(await HeartbeatsAsync(broker, "classic", all.Length, async (connection, member) => BenchTopic.Expect(await all[member].BeatAsync(connection), "A heartbeat")));
    }

    private async Task<Measured> HeartbeatsAsync(BrokerProcess broker, string protocol, int count, Func<WireConnection, int, Task> beat)
    {
        int[] turn = new int[Askers];
        var beats = await Load.MeasureAsync(broker, Askers, seconds, (connection, asker) => beat(connection, (asker + turn[asker]++ * Askers) % count));
        return new Measured($"heartbeats/s, {protocol} protocol", beats.PerSecond) { CpuMicros = beats.CpuPerRequest * 1e6 };
    }

    private async Task GroupsAsync(BrokerProcess broker, List<Measured> results)
    {
        long before = broker.ResidentBytes;
        await CommitAsync(broker, [.. Enumerable.Range(0, members).Select(group => $"idle-{group}")]);
        results.Add(Memory("KB of a group", broker.ResidentBytes - before, members));
    }

    private async Task<Measured> CommitsAsync(BrokerProcess broker, int askers)
    {
        using var floor = new BenchData();
        double flushes = DiskFlushes.PerSecond(floor.Path, seconds / 2);
        var commits = await Load.MeasureAsync(broker, askers, seconds, (connection, asker) => CommitAsync(connection, $"commits-{asker}"));
        return new Measured($"commits/s of {askers}", commits.PerSecond) { PerFlush = commits.PerSecond / flushes, CpuMicros = commits.CpuPerRequest * 1e6 };
    }

    private static Measured Memory(string what, long bytes, int count) => new(what, bytes / 1e3 / count) { Format = "0.0" };

    private static Task CommitAsync(BrokerProcess broker, IReadOnlyList<string> groups) => Load.ForEachAsync(broker, Askers, groups, CommitAsync);

    /// <summary>Completes when the offset is durable.</summary>
    private static async Task CommitAsync(WireConnection connection, string group)
    {
        var response = await connection.AskAsync<OffsetCommitRequest, OffsetCommitResponse>(
            new()
            {
                GroupId = group,
                GenerationIdOrMemberEpoch = -1,
                Topics = [new() { Name = BenchTopic.Name, Partitions = [new() { PartitionIndex = 0, CommittedOffset = 1, CommittedLeaderEpoch = -1 }] }],
            },
            version: 9);
        BenchTopic.Expect(response.Topics[0].Partitions[0].ErrorCode, "A commit");
    }

    private sealed record Measured(string What, double Figure)
    {
        public string Format { get; init; } = "0";

        /// <summary>Beside the bare disk, for what is durable.</summary>
        public double? PerFlush { get; init; }

        public double? CpuMicros { get; init; }
    }
}
