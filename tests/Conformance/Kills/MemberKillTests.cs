using System.Net;
using Confluent.Kafka;
using Moldau.Conformance.Clients;
using Moldau.TestKit;

namespace Moldau.Conformance.Kills;

/// <summary>
/// Two members of a group read numbers and write them in transactions, while now a member and now the broker is killed with kill -9. In the end every
/// number was written once, to the record.
/// </summary>
public sealed class MemberKillTests(ITestOutputHelper output)
{
    private const int Partitions = 4, Members = 2, NumbersOfRound = 300, Seed = 17;
    private const string Source = "numbers", Target = "written", Group = "workers";

    /// <summary>Each costs the session timeout of the member that was killed.</summary>
    private const int RoundsMax = 40;

    /// <summary>A kill of the broker after so many of members.</summary>
    private const int BrokerEvery = 3;

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    [Fact]
    public async Task Every_number_is_written_once_though_members_and_the_broker_are_killed()
    {
        ClientProgram.PythonConfluentKafkaMember.SkipIfMissing();
        int rounds = Searches.Rounds(3, RoundsMax);
        var random = new Random(Seed);
        var directory = Directory.CreateTempSubdirectory("moldau-member-kills-");
        var broker = await BrokerProcess.StartAsync(directory.FullName);
        string bootstrap = broker.Bootstrap;
        await NumberTopics.CreateAsync(bootstrap, Partitions, Source, Target);
        var members = Enumerable.Range(0, Members).Select(slot => new WorkingMember(bootstrap, Group, $"{Group}-{slot}", Source, Target)).ToArray();
        try
        {
            for (int round = 0; round < rounds; round++)
            {
                await NumberTopics.ProduceAsync(bootstrap, Source, Partitions, round * NumbersOfRound, NumbersOfRound);
                int enough = members.Sum(member => member.Done) + random.Next(1, NumbersOfRound / 2);
                await TendUntilAsync(members, () => members.Sum(member => member.Done) >= enough);
                if (round % BrokerEvery < BrokerEvery - 1)
                {
                    members[random.Next(Members)].KillAndReplace();
                    continue;
                }
                await broker.KillAsync();
                broker.Dispose();
                broker = await BrokerProcess.StartAsync(directory.FullName, IPEndPoint.Parse(bootstrap).Port);
            }
            await TendUntilAsync(members, () => Written(bootstrap).Count >= rounds * NumbersOfRound);
            Assert.Equal(Enumerable.Range(0, rounds * NumbersOfRound), Written(bootstrap).Order());
        }
        finally
        {
            foreach (var member in members) member.Dispose();
            await broker.KillAsync();
            broker.Dispose();
        }
        output.WriteLine($"{rounds} kills of members and of the broker with seed {Seed}, {rounds * NumbersOfRound} numbers, none lost and none twice");
        directory.Delete(recursive: true);
    }

    private static async Task TendUntilAsync(WorkingMember[] members, Func<bool> isDone)
    {
        using var limit = new CancellationTokenSource(Patience);
        while (!isDone())
        {
            foreach (var member in members) await member.TendAsync();
            await Task.Delay(Pause, limit.Token);
        }
    }

    private static List<int> Written(string bootstrap) =>
        [.. TopicReader.ReadAll(new ClientConfig { BootstrapServers = bootstrap }, Target, Partitions).Select(record => int.Parse(record.Message.Value!))];
}
