using Moldau.Log.Cleaning;
using Moldau.TestKit;

namespace Moldau.Log.Tests.Cleaning;

/// <summary>A crash at each operation of a pass, and at each operation of the start that follows: the log is the old or the new one.</summary>
public class CleaningCrashTests
{
    private const int SeedsUsually = 2;
    private const int Steps = 60;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void After_a_crash_at_any_operation_of_a_pass_nothing_is_missing_and_the_next_pass_goes_on(bool isPowerCut)
    {
        int seeds = Searches.Rounds(SeedsUsually), crashes = 0;
        for (int seed = 0; seed < seeds; seed++)
        {
            for (int cut = 1; CrashesWithin(seed, cut, isPowerCut); cut++) crashes++;
        }
        TestContext.Current.TestOutputHelper?.WriteLine(
            $"{crashes} {(isPowerCut ? "power cuts" : "kills")} at every operation of compactions with seeds 0 to {seeds - 1}: nothing missing");
    }

    /// <summary>False if the pass had fewer operations than that.</summary>
    private static bool CrashesWithin(int seed, int cut, bool isPowerCut)
    {
        var disk = KeyedLog.NewDisk(seed * 1_000 + cut);
        var log = Filled(disk, seed);
        log.Clock.NowMs += KeyedLog.DeleteRetentionMs;
        disk.CutAt = disk.Operations + cut;
        if (!IsCut(disk, log.Clean)) return false;
        // Power may go again while the log is being repaired.
        for (int again = (seed + cut) % 3; again > 0; again--)
        {
            Restart(disk, isPowerCut);
            disk.CutAt = disk.Operations + 1 + (cut * 7 + again) % 40;
            IsCut(disk, log.Reopen);
        }
        Restart(disk, isPowerCut);
        log.Reopen();
        log.Check();
        log.Clean();
        log.Check();
        Assert.Empty(log.Notes.Uncleanable);
        Assert.Empty(log.Notes.Failures);
        Assert.DoesNotContain(disk.FileNames(log.Directory.PathOf(TestLog.Partition)), name => name.EndsWith(".cleaned", StringComparison.Ordinal)
            || name.EndsWith(".swap", StringComparison.Ordinal));
        return true;
    }

    private static void Restart(SimulatedDisk disk, bool isPowerCut)
    {
        if (isPowerCut) disk.RestartAfterPowerCut();
        else disk.RestartAfterKill();
    }

    private static bool IsCut(SimulatedDisk disk, Action action)
    {
        try
        {
            action();
        }
        catch (PowerCutException)
        {
            // The disk says so too, also where compaction has taken it for a failed pass.
        }
        return disk.IsOff;
    }

    /// <summary>A log that was compacted once already, and has grown since.</summary>
    private static KeyedLog Filled(SimulatedDisk disk, int seed)
    {
        var random = new Random(seed);
        var log = new KeyedLog(
            disk,
            new LogSettings { SegmentBytes = 400 + 200 * seed, MinCleanableDirtyRatio = 0, FileDeleteDelayMs = 0, IndexIntervalBytes = 100 },
            new CleaningSettings { DedupeBufferBytes = (seed % 2 == 0 ? 1_000 : 4) * OffsetMap.SlotBytes, IoBufferBytes = 1_000 });
        for (int i = 0; i < Steps; i++)
        {
            if (random.Next(3) == 0) log.EndTransaction((uint)random.Next());
            else log.Append((uint)random.Next());
            if (i == Steps / 2) log.Clean();
        }
        log.Commit();
        return log;
    }
}
