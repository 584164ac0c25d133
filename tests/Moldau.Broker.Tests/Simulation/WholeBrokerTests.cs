using Moldau.TestKit;

namespace Moldau.Broker.Tests.Simulation;

/// <summary>
/// Clients of many kinds against a broker that dies at any operation of its disk, over a network that loses and repeats requests and answers.
/// What they saw is checked for all that no broker may show.
/// </summary>
/// <remarks>
/// A seed repeats what the clients do, what the network does and after how many operations the disk fails, on a simulated clock. It does not
/// repeat how the broker's own threads come between each other, nor the ids that it draws: mostly, not always, a seed that failed fails again.
/// <c>MOLDAU_SIMULATION_SEED</c> repeats one seed.
/// </remarks>
public sealed class WholeBrokerTests
{
    private const int SeedsUsually = 12, SeedsMax = 150;

    [Theory]
    [InlineData(GroupKind.Classic)]
    [InlineData(GroupKind.Consumer)]
    public Task Whatever_dies_and_gets_lost_clients_see_each_record_once_and_in_its_order(GroupKind kind) => PlayAsync(seed => new CopyRun(seed, kind));

    [Theory]
    [InlineData(GroupKind.Classic)]
    [InlineData(GroupKind.Consumer)]
    [InlineData(GroupKind.Streams)]
    [InlineData(GroupKind.Mixed)]
    public Task Whatever_dies_and_gets_lost_a_group_has_one_owner_of_each_partition_and_loses_no_position(GroupKind kind) => PlayAsync(seed => new GroupRun(seed, kind));

    [Fact]
    public Task Whatever_dies_and_gets_lost_a_share_group_is_done_with_each_record_once() => PlayAsync(static seed => new ShareGroupRun(seed));

    private static async Task PlayAsync(Func<int, SimulatedRun> begin)
    {
        int? only = Environment.GetEnvironmentVariable("MOLDAU_SIMULATION_SEED") is { } text ? int.Parse(text, null) : null;
        int seeds = only is null ? Searches.Rounds(SeedsUsually, SeedsMax) : 1, restarts = 0, events = 0, records = 0;
        var stabilizing = TimeSpan.Zero;
        foreach (int seed in Enumerable.Range(only ?? 0, seeds))
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
            if (run.Stabilizing > stabilizing) stabilizing = run.Stabilizing;
        }
        TestContext.Current.TestOutputHelper?.WriteLine(
            $"{seeds} runs of a whole broker with seed {only ?? 0} and on: {restarts} restarts, {events} events and {records} records without an anomaly, "
            + $"stable within {stabilizing:m\\:ss} of simulated time");
    }
}
