using CsCheck;
using Moldau.TestKit;

namespace Moldau.Coordination.Tests.Groups;

/// <summary>
/// Conversations at random: whatever clients say in whatever order, every request is answered once in the end, a silent group comes to
/// rest, and after each step a replica of the records equals the shard.
/// </summary>
public sealed class RandomConversationTests
{
    private const int Steps = 60;

    private static readonly Gen<string> Conversation =
        from seed in Gen.Int
        from isSmall in Gen.Bool
        from isDelayed in Gen.Bool
        select Write(new Random(seed), maxSize: isSmall ? 2 : 100, delay: isDelayed ? 3_000 : 0);

    [Fact]
    public void Every_conversation_ends_with_all_answered_and_nothing_forgotten() =>
        Conversation.Sample(script => ScenarioRun.Play(script), iter: Searches.Rounds(300), print: script => script);

    private static string Write(Random chance, int maxSize, int delay)
    {
        var script = new List<string> { $"settings max-size={maxSize} initial-delay={delay}" };
        var ids = new List<string> { "nobody-99" };
        int requests = 0;
        for (int step = 0; step < Steps; step++)
        {
            string line = chance.Next(12) switch
            {
                0 => $"advance {chance.Next(1, 70_000)}",
                1 => chance.Next(4) == 0 ? "restart" : "append-fails",
                2 => "delete x",
                _ => Request(chance, ids, ++requests),
            };
            if (line.StartsWith("delete", StringComparison.Ordinal)) requests++;
            script.Add(line);
        }
        script.Add("settle");
        return string.Join('\n', script);
    }

    private static string Request(Random chance, List<string> ids, int number)
    {
        string client = ((char)('a' + chance.Next(4))).ToString();
        string id = ids[chance.Next(ids.Count)];
        int generation = chance.Next(1, 5);
        switch (chance.Next(7))
        {
            case 0:
                ids.Add($"{client}-{number}");
                return $"join {client} v={chance.Next(2, 6)} {Protocols(chance)}";
            case 1:
                string instance = chance.Next(2) == 0 ? "one" : "two";
                ids.Add($"{instance}-{number}");
                return $"join {client} instance={instance} v={chance.Next(5, 10)} {Protocols(chance)}";
            case 2: return $"join {client} id={id} {Protocols(chance)}";
            case 3: return $"sync {client} v=4 id={id} generation={generation} protocol={(chance.Next(2) == 0 ? "range" : "other")} assign={id}:x";
            case 4: return $"heartbeat {client} id={id} generation={generation}";
            case 5: return $"leave {client} ids={id}";
            default: return $"commit {client} id={id} generation={generation} offsets=t-{chance.Next(2)}:{number}";
        }
    }

    private static string Protocols(Random chance) => chance.Next(3) switch
    {
        0 => "protocols=range:m",
        1 => "protocols=other:o,range:m",
        _ => "protocols=range:m,other:o",
    };
}
