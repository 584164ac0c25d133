using CsCheck;
using Moldau.TestKit;

namespace Moldau.Coordination.Tests.ShareState;

/// <summary>
/// Share partitions at random: they are begun, read, written, deleted and begun anew, by leaders old and new, with batches that overlap; topics
/// go, the log is pruned, and the coordinator starts again. After each step a replica of the records equals the shard, and so does what is
/// left of the log.
/// </summary>
public sealed class ShareStateConversationTests
{
    private const int Steps = 80;

    [Fact]
    public void Nothing_of_a_share_partition_is_forgotten() =>
        Gen.Int.Select(seed => Write(new Random(seed))).Sample(script => ShareStateScenarioRun.Play(script), iter: Searches.Rounds(200), print: script => script);

    private static string Write(Random chance)
    {
        var script = new List<string> { $"settings updates={chance.Next(4)}", "topic t partitions=2", "topic u partitions=1" };
        for (int step = 0; step < Steps; step++)
        {
            script.Add(chance.Next(16) switch
            {
                0 => $"advance {(chance.Next(3) == 0 ? 400_000 : chance.Next(50_000))}",
                1 => chance.Next(3) == 0 ? "restart" : "append-fails",
                2 => chance.Next(3) == 0 ? $"topic-gone {AnyTopic(chance)}" : $"topic {AnyTopic(chance)} partitions={chance.Next(1, 4)}",
                3 => $"{(chance.Next(2) == 0 ? "delete" : "summary")} {Key(chance)}",
                4 or 5 => $"read {Key(chance)} leader={chance.Next(-1, 4)}",
                < 9 => $"initialize {Key(chance)} state={chance.Next(4)} start={chance.Next(-1, 12)}",
                _ => $"write {Key(chance)} {Epochs(chance)} start={chance.Next(-1, 12)} complete={chance.Next(-1, 4)} batches={Batches(chance)}",
            });
        }
        return string.Join('\n', script);
    }

    private static string Batches(Random chance) =>
        string.Join(",", Enumerable.Range(0, chance.Next(4)).Select(_ => chance.Next(20)).Select(first =>
            $"{first}-{first + chance.Next(6)}:{AnyState(chance)}/{chance.Next(4)}"));

    /// <summary>One that is stored.</summary>
    private static int AnyState(Random chance) => chance.Next(4) switch { 0 => 0, 1 => 2, 2 => 3, _ => 4 };

    private static string Epochs(Random chance) => chance.Next(2) == 0 ? "" : $"state={chance.Next(4)} leader={chance.Next(3)}";

    private static string Key(Random chance) => $"{(chance.Next(6) == 0 ? "h" : "g")}/{AnyTopic(chance)}-{chance.Next(4) / 3}";

    private static string AnyTopic(Random chance) => chance.Next(4) == 0 ? "u" : "t";
}
