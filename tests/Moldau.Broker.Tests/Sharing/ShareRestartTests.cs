using Moldau.TestKit;

namespace Moldau.Broker.Tests.Sharing;

/// <summary>
/// A share group with a dead-letter queue, with the broker killed at any operation of the disk: between what a member says and its record,
/// between that a record is given up, its dead letter, and that it is archived.
/// </summary>
public sealed class ShareRestartTests
{
    [Fact]
    public async Task Nothing_that_was_answered_is_forgotten_by_a_kill()
    {
        for (int seed = 0; seed < Searches.Rounds(40, atMost: 1_000); seed++)
        {
            var random = new Random(seed);
            var run = new ShareRun(seed);
            for (int life = 0; life < 4; life++)
            {
                await run.StartAsync();
                run.KillAfter(random.Next(1, 200));
                while (!run.IsKilled) await run.WorkAsync(random);
                await run.RestartAsync();
                await run.CheckAsync($"seed {seed}, life {life}");
                if (life == 3) await run.DrainAsync($"seed {seed}");
                await run.StopAsync();
            }
        }
    }
}
