using CsCheck;
using Moldau.TestKit;

namespace Moldau.Coordination.Tests.Transactions;

/// <summary>
/// Transactional ids at random: producers begin anew, go on, add, verify and end, with the pair that they were told or with another, as clients
/// of every level; epochs are used up, markers are written late or not at once, transactions are overdue, ids expire, and the coordinator
/// starts again. In the end no transaction is open, and after each step a replica of the records equals the shard.
/// </summary>
public sealed class TransactionConversationTests
{
    private const int Steps = 80;

    [Fact]
    public void Every_transaction_ends_and_nothing_is_forgotten() =>
        Gen.Int.Select(seed => Write(new Random(seed))).Sample(script => TransactionScenarioRun.Play(script), iter: Searches.Rounds(200), print: script => script);

    private static string Write(Random chance)
    {
        var script = new List<string> { $"settings version={Math.Min(chance.Next(5), 2)} expiration={(chance.Next(2) == 0 ? 4_000_000 : 604_800_000)}" };
        for (int step = 0; step < Steps; step++)
        {
            script.Add(chance.Next(16) switch
            {
                0 => $"advance {(chance.Next(8) == 0 ? 5_000_000 : chance.Next(40_000))}",
                1 => chance.Next(3) switch { 0 => "restart", 1 => "append-fails", _ => $"set-back {chance.Next(20_000)}" },
                2 => $"epoch {AnyId(chance)} is={short.MaxValue - chance.Next(3)}",
                3 or 4 => "written",
                5 => "not-written",
                6 => chance.Next(2) == 0 ? $"describe {AnyId(chance)}" : "list",
                _ => Request(chance, AnyId(chance)),
            });
        }
        script.Add("settle");
        return string.Join('\n', script);
    }

    private static string Request(Random chance, string id) => chance.Next(9) switch
    {
        0 => $"init {id} timeout={chance.Next(1, 60) * 1_000}",
        1 => $"init {id} timeout={chance.Next(1, 60) * 1_000} {Pair(chance)}",
        < 5 => $"add {id} {Pair(chance)} to={Partition(chance)},{Partition(chance)} level={chance.Next(3)}",
        5 => $"verify {id} {Pair(chance)} to={Partition(chance)}",
        6 => $"abort {id} {Pair(chance)} v={chance.Next(3, 6)}",
        _ => $"commit {id} {Pair(chance)} v={chance.Next(3, 6)}",
    };

    private static string Pair(Random chance) => chance.Next(8) switch
    {
        0 => $"producer=@producer epoch={chance.Next(4)}",
        1 => $"producer={chance.Next(101, 106)} epoch=@epoch",
        _ => "producer=@producer epoch=@epoch",
    };

    private static string Partition(Random chance) => chance.Next(4) == 0 ? "__consumer_offsets-1" : $"t-{chance.Next(4)}";

    private static string AnyId(Random chance) => chance.Next(3) == 0 ? "y" : "x";
}
