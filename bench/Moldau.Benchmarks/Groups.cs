using Moldau.Protocol.Messages;

namespace Moldau.Benchmarks;

/// <summary>What very many members and groups cost: heartbeats, commits, and memory.</summary>
internal sealed class Groups(string? executable, int members, double seconds)
{
    private const int MembersOfAGroup = 100, Askers = 64;

    public void Run(TextWriter output) => RunAsync(output).GetAwaiter().GetResult();

    private async Task RunAsync(TextWriter output)
    {
        using var data = new BenchData();
        output.WriteLine($"bare fdatasync of 4 KiB:       {DiskFlushes.PerSecond(data.Path, seconds: 1).Text("0")}/s");
        using var broker = BrokerProcess.Start(executable);
        await BenchTopic.CreateAsync(broker, MembersOfAGroup);
        await MembersAsync(broker, output);
        await GroupsAsync(broker, output);
        foreach (int askers in (int[])[1, 16, 256])
        {
            var commits = await Load.MeasureAsync(broker, askers, seconds, (connection, asker) => CommitAsync(connection, $"commits-{asker}"));
            output.WriteLine($"commits/s of {askers,3} clients:       {commits.PerSecond.Text("0")}, broker CPU {Micros(commits)} us each");
        }
    }

    private async Task MembersAsync(BrokerProcess broker, TextWriter output)
    {
        await CommitAsync(broker, ["warm-up"]);
        long before = broker.ResidentBytes;
        var all = Enumerable.Range(0, members).Select(member => new ConsumerMember($"group-{member / MembersOfAGroup}")).ToArray();
        for (int round = 0; round < 4; round++) await Load.ForEachAsync(broker, Askers, all, (connection, member) => member.BeatAsync(connection));
        output.WriteLine($"memory of a member:            {Kilobytes(broker.ResidentBytes - before, members)} KB ({members} members, {MembersOfAGroup} a group)");
        int[] turn = new int[Askers];
        var beats = await Load.MeasureAsync(broker, Askers, seconds, (connection, asker) =>
            all[(asker + turn[asker]++ * Askers) % all.Length].BeatAsync(connection));
        output.WriteLine($"heartbeats/s:                  {beats.PerSecond.Text("0")}, broker CPU {Micros(beats)} us each");
    }

    private async Task GroupsAsync(BrokerProcess broker, TextWriter output)
    {
        long before = broker.ResidentBytes;
        await CommitAsync(broker, [.. Enumerable.Range(0, members).Select(group => $"idle-{group}")]);
        output.WriteLine($"memory of a group:             {Kilobytes(broker.ResidentBytes - before, members)} KB ({members} groups with an offset, no members)");
    }

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

    private static string Micros(Load load) => (load.CpuPerRequest * 1e6).Text("0.0");

    private static string Kilobytes(long bytes, int count) => (bytes / 1e3 / count).Text("0.0");
}
