using CsCheck;
using Moldau.TestKit;

namespace Moldau.Coordination.Tests.Groups;

/// <summary>
/// Share groups at random: members come, go, fall silent and say things twice, topics come, grow and go, offsets are altered and deleted, the
/// share coordinator answers late, not at all or with an error, and the group coordinator starts again. Every request is answered once, and
/// after each step a replica of the records equals the shard.
/// </summary>
public sealed class ShareConversationTests
{
    private const int Steps = 80;

    private static readonly string[] Topics = ["t", "u"];

    [Fact]
    public void Every_conversation_ends_with_all_answered_and_nothing_forgotten() =>
        Gen.Int.Select(seed => Write(new Random(seed))).Sample(script => ScenarioRun.Play(script), iter: Searches.Rounds(300), print: script => script);

    private static string Write(Random chance)
    {
        var script = new List<string> { $"settings max-sharers={chance.Next(1, 6)} interval={chance.Next(2) * 1_000}", "topic t partitions=2" };
        for (int step = 0; step < Steps; step++)
        {
            script.Add(chance.Next(14) switch
            {
                0 => $"advance {step * 10_000}",
                1 => chance.Next(3) == 0 ? "restart" : "append-fails",
                2 => chance.Next(3) == 0 ? $"delete-topic {AnyTopic(chance)}" : $"topic {AnyTopic(chance)} partitions={chance.Next(1, 5)}",
                3 => $"delete x group={AnyGroup(chance)}",
                4 => $"alter-share x group={AnyGroup(chance)} to={AnyTopic(chance)}-{chance.Next(3)}:{chance.Next(-1, 9)}",
                5 => $"delete-share x group={AnyGroup(chance)} topics={AnyTopic(chance)}",
                6 or 7 => "settled",
                8 => $"settled but={AnyTopic(chance)}-{chance.Next(3)}:CoordinatorNotAvailable",
                _ => Heartbeat(chance),
            });
        }
        script.Add("settle");
        return string.Join('\n', script);
    }

    private static string Heartbeat(Random chance)
    {
        int epoch = chance.Next(-1, 12);
        string topics = epoch == 0 || chance.Next(4) == 0 ? $" topics={string.Join(',', Topics.Take(chance.Next(1, 3)))}" : "";
        return $"share {(char)('a' + chance.Next(4))} group={AnyGroup(chance)} epoch={epoch}{topics}";
    }

    private static string AnyTopic(Random chance) => Topics[chance.Next(Topics.Length)];

    private static string AnyGroup(Random chance) => chance.Next(3) == 0 ? "h" : "g";
}
