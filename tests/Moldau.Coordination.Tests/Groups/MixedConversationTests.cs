using System.Text.RegularExpressions;
using CsCheck;
using Moldau.TestKit;

namespace Moldau.Coordination.Tests.Groups;

/// <summary>
/// Groups whose members speak the classic protocol, the consumer protocol or both, at random: the group becomes a consumer group and a classic
/// one again, while members come and go, static ones among them, are late, commit in transactions and without, and the coordinator starts
/// again. Every request is answered once, and after each step a replica of the records equals the shard.
/// </summary>
public sealed partial class MixedConversationTests
{
    private const int Parts = 6;
    private const int StepsOfPart = 16;

    private static readonly string[] Classic = ["a", "b", "s"];
    private static readonly string[] Consumers = ["m", "n", "k"];

    [Fact]
    public void Every_conversation_ends_with_all_answered_and_nothing_forgotten()
    {
        int upgrades = 0, downgrades = 0;
        Gen.Int.Select(seed => Write(new Random(seed))).Sample(script =>
        {
            string trace = ScenarioRun.Play(script);
            Interlocked.Add(ref upgrades, Upgrade().Count(trace));
            Interlocked.Add(ref downgrades, Downgrade().Count(trace));
        }, iter: Searches.Rounds(150), print: script => script);
        Assert.True(upgrades > 0 && downgrades > 0, $"{upgrades} groups became consumer groups, and {downgrades} classic ones: this shows nothing.");
    }

    private static string Write(Random chance)
    {
        string migration = chance.Next(8) switch { 0 => "Upgrade", 1 => "Downgrade", _ => "Both" };
        var script = new List<string> { $"settings migration={migration} interval={chance.Next(2) * 3_000} max-size={chance.Next(2, 9)}", "topic t partitions=4" };
        for (int part = 0; part < Parts; part++)
        {
            bool hasClassic = chance.Next(3) > 0, hasConsumers = !hasClassic || chance.Next(2) == 0;
            if (!hasClassic) script.AddRange(Classic.Where(_ => chance.Next(5) > 0).Select(client => $"leave {client} ids=@id"));
            if (!hasConsumers) script.AddRange(Consumers.Where(_ => chance.Next(5) > 0).Select(client => $"beat {client} {Instance(client)}epoch=-1"));
            for (int step = 0; step < StepsOfPart; step++) script.Add(Step(chance, hasClassic, hasConsumers));
        }
        script.Add("settle");
        return string.Join('\n', script);
    }

    private static string Step(Random chance, bool hasClassic, bool hasConsumers)
    {
        switch (chance.Next(18))
        {
            case 0: return $"advance {(chance.Next(5) == 0 ? chance.Next(60_000) : chance.Next(4_000))}";
            case 1: return chance.Next(3) switch { 0 => "restart", 1 => "append-fails", _ => $"topic {AnyTopic(chance)} partitions={chance.Next(1, 6)}" };
            case 2: return chance.Next(4) == 0 ? "delete x" : $"txn-end x producer={chance.Next(7, 9)} outcome={(chance.Next(3) == 0 ? "abort" : "commit")}";
        }
        // Now and then a client comes with the other protocol.
        bool isClassic = hasClassic && (!hasConsumers || chance.Next(2) == 0);
        string client = (isClassic == chance.Next(12) > 0 ? Classic : Consumers)[chance.Next(3)];
        return isClassic ? OfClassic(chance, client) : OfConsumer(chance, client);
    }

    private static string OfClassic(Random chance, string client) => chance.Next(20) switch
    {
        < 9 => $"join {client} {(chance.Next(8) == 0 ? "" : "id=@id ")}{Instance(client)}v={Version(chance, client)} session={chance.Next(6, 40) * 1_000} protocols={Protocols(chance)}",
        < 14 => $"sync {client} id=@id {Instance(client)}generation={Epoch(chance)} protocol=@protocol assign=@shares",
        < 17 => $"heartbeat {client} id=@id {Instance(client)}generation={Epoch(chance)}",
        17 => $"leave {client} ids=@id",
        _ => Commit(chance, client),
    };

    private static string OfConsumer(Random chance, string client) => chance.Next(20) switch
    {
        < 12 => $"beat {client} {(chance.Next(8) == 0 ? "id=@id " : "")}{Instance(client)}epoch={Epoch(chance)} rebalance=20000 owns=@owns {Topics(chance)}",
        12 => $"beat {client} {Instance(client)}epoch={Epoch(chance)}",
        < 16 => $"beat {client} {Instance(client)}epoch={Epoch(chance)} owns=@owns",
        16 => $"beat {client} {Instance(client)}epoch={(client == "k" && chance.Next(2) == 0 ? -2 : -1)}",
        _ => Commit(chance, client),
    };

    private static string Commit(Random chance, string client)
    {
        string what = $"id=@id {Instance(client)}generation={Epoch(chance)} offsets={AnyTopic(chance)}-{chance.Next(3)}:{chance.Next(100)}{(chance.Next(2) == 0 ? " ids=yes" : "")}";
        return chance.Next(2) == 0 ? $"commit {client} {what}" : $"txn-commit {client} producer={chance.Next(7, 9)} {what}";
    }

    private static string Epoch(Random chance) => chance.Next(10) == 0 ? $"{chance.Next(-1, 12)}" : "@epoch";

    private static string Instance(string client) => client is "s" or "k" ? $"instance=i{client} " : "";

    /// <summary>Before version 4 a client joins in one step, and is no static member.</summary>
    private static int Version(Random chance, string client) => Instance(client).Length > 0 || chance.Next(2) == 0 ? 9 : 3;

    private static string Protocols(Random chance) => chance.Next(10) switch
    {
        0 => "cooperative-sticky:*t|@owned",
        < 5 => "cooperative-sticky:*t|@owned,range:*t",
        5 => "range:*t+u",
        _ => "range:*t",
    };

    private static string Topics(Random chance) => chance.Next(6) switch { 0 => "topics=t,u", 1 => "pattern=[tu]", _ => "topics=t" };

    private static string AnyTopic(Random chance) => chance.Next(4) == 0 ? "u" : "t";

    [GeneratedRegex(@"record group g is gone\n  record member g/\S+: .*classic ")]
    private static partial Regex Upgrade();

    [GeneratedRegex(@"record group g is gone\n  record v3 group g: 'consumer'")]
    private static partial Regex Downgrade();
}
