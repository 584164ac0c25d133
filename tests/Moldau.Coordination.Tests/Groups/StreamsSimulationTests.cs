using CsCheck;
using Moldau.TestKit;

namespace Moldau.Coordination.Tests.Groups;

/// <summary>
/// Members of the streams protocol at random, some of them in one process: they join, leave, crash, are slow to give up and lose answers,
/// topics come, grow and go, and the coordinator starts again. No task is ever active twice, nor twice in a process, and when they are left
/// in peace every task is active and has its copies soon.
/// </summary>
public sealed class StreamsSimulationTests
{
    private const int Steps = 150;

    /// <summary>Rounds of heartbeats from any state to a stable one: a target, what is given up, the next epoch, what was freed.</summary>
    private const int RoundsToStabilityMax = 10;

    [Fact]
    public void No_task_is_active_twice_and_all_are_active_in_the_end() => Gen.Int.Sample(seed =>
    {
        var simulation = new StreamsSimulation(new Random(seed));
        for (int step = 0; step < Steps; step++) simulation.Step();
        Assert.True(simulation.RoundsUntilStable(RoundsToStabilityMax) <= RoundsToStabilityMax, $"Seed {seed} does not become stable: {simulation.State}");
    }, iter: Searches.Rounds(200));
}
