using Moldau.TestKit;

namespace Moldau.Broker.Tests.Simulation;

/// <summary>
/// Clients of many kinds against a broker that dies at any operation of its disk, over a network that loses and repeats requests and answers.
/// What they saw is checked for all that no broker may show.
/// </summary>
public sealed class WholeBrokerTests
{
    private const int SeedsUsually = 15;

    [Fact]
    public Task Whatever_dies_and_gets_lost_clients_see_each_record_once_and_in_its_order() => PlayAsync(static seed => new CopyRun(seed));

    [Fact]
    public Task Whatever_dies_and_gets_lost_a_classic_group_has_one_owner_of_each_partition_and_loses_no_position() => PlayAsync(static seed => new ClassicGroupRun(seed));

    [Fact]
    public Task Whatever_dies_and_gets_lost_a_share_group_is_done_with_each_record_once() => PlayAsync(static seed => new ShareGroupRun(seed));

    private static async Task PlayAsync(Func<int, SimulatedRun> begin)
    {
        int seeds = Searches.Rounds(SeedsUsually), restarts = 0, events = 0, records = 0;
        for (int seed = 0; seed < seeds; seed++)
        {
            var run = begin(seed);
            try
            {
                await run.PlayAsync();
            }
            catch (Exception failure)
            {
                throw new InvalidOperationException($"Seed {seed}: {failure.Message}", failure);
            }
            restarts += run.Restarts;
            events += run.History.Count;
            records += run.Records;
        }
        TestContext.Current.TestOutputHelper?.WriteLine($"{seeds} runs of a whole broker with seed 0 and on: {restarts} restarts, {events} events and {records} records without an anomaly");
    }
}
