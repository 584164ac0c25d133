using CsCheck;
using Moldau.TestKit;

namespace Moldau.Coordination.Tests.Groups;

/// <summary>
/// Members of the consumer protocol at random: they join, leave, crash, pause, are slow to give up, lose answers and say things twice,
/// while the coordinator starts again. No two of them ever own a partition, and when they are left in peace everything is owned soon.
/// </summary>
public sealed class ConsumerSimulationTests
{
    private const int Steps = 150;

    /// <summary>Rounds of heartbeats from any state to a stable one: a target, what is given up, the next epoch, what was freed.</summary>
    private const int RoundsToStabilityMax = 8;

    [Fact]
    public void No_partition_has_two_owners_and_all_have_one_in_the_end() => Gen.Int.Sample(seed =>
    {
        var simulation = new ConsumerSimulation(new Random(seed));
        for (int step = 0; step < Steps; step++) simulation.Step();
        Assert.True(simulation.RoundsUntilStable(RoundsToStabilityMax) <= RoundsToStabilityMax, $"Seed {seed} does not become stable: {simulation.State}");
    }, iter: Searches.Rounds(200));
}
