using Moldau.Coordination.Transactions;
using Moldau.TestKit;

namespace Moldau.Broker.Tests.Hosting;

/// <summary>
/// Transactions over two partitions and a group's offsets, with the broker killed at any operation of the disk: while one is open, between the
/// stored outcome and any of the markers, between the markers and the record that they are written.
/// </summary>
public sealed class TransactionRestartTests
{
    [Fact]
    public async Task Whatever_was_decided_before_a_kill_is_brought_to_its_end_after_it()
    {
        var ending = new HashSet<TransactionStatus>();
        for (int seed = 0; seed < Searches.Rounds(60, atMost: 1_500); seed++)
        {
            var random = new Random(seed);
            var run = new TransactionRun(seed);
            for (int life = 0; life < 4; life++)
            {
                await run.StartAsync();
                run.KillAfter(random.Next(1, 160));
                while (!run.IsKilled) await run.TransactAsync(random);
                ending.UnionWith(await run.RestartAsync());
                run.Check($"seed {seed}, life {life}");
                await run.StopAsync();
            }
        }
        // The search has met all of them.
        Assert.Superset(new HashSet<TransactionStatus> { TransactionStatus.Ongoing, TransactionStatus.PrepareCommit, TransactionStatus.PrepareAbort }, ending);
    }
}
