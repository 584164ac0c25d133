using Moldau.TestKit;

namespace Moldau.Log.Tests;

/// <summary>
/// Random workloads on a simulated disk with crashes at any operation. A failing seed is named and replays exactly;
/// <c>MOLDAU_SIMULATION_SEED</c> replays one seed.
/// </summary>
public class SimulationTests(ITestOutputHelper output)
{
    private const int SeedsUsually = 2_500;
    private const int CrashesInARun = 4;

    [Fact]
    public async Task Nothing_acknowledged_is_lost_and_no_offset_ever_holds_two_values()
    {
        if (Environment.GetEnvironmentVariable("MOLDAU_SIMULATION_SEED") is { } only)
        {
            await RunAsync(int.Parse(only, null));
            return;
        }
        int seeds = Searches.Rounds(SeedsUsually);
        for (int seed = 0; seed < seeds; seed++) await RunAsync(seed);
        output.WriteLine($"{seeds * CrashesInARun} simulated crashes with seeds 0 to {seeds - 1}: nothing lost, and nothing damaged served");
    }

    private static async Task RunAsync(int seed)
    {
        var workload = new Workload(seed);
        try
        {
            for (int crash = 0; crash < CrashesInARun; crash++) await workload.RunUntilCrashAsync();
            workload.CheckDamage();
        }
        catch (Exception e)
        {
            throw new InvalidOperationException($"Failed with MOLDAU_SIMULATION_SEED={seed}: {e.Message}\n{workload.History}", e);
        }
    }
}
