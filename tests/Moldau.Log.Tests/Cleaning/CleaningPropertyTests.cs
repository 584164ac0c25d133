using CsCheck;

using Moldau.Log.Cleaning;
using Moldau.TestKit;

namespace Moldau.Log.Tests.Cleaning;

/// <summary>Random logs of keyed records with tombstones and transactions, compacted again and again while the clock goes on.</summary>
public class CleaningPropertyTests
{
    private static readonly Gen<(int Kind, uint Draw)> Step = Gen.Select(Gen.Int[0, 11], Gen.UInt);

    private static readonly Gen<(int SegmentBytes, int Slots, int IoBufferBytes)> Sizes =
        Gen.Select(Gen.Int[200, 1_500], Gen.OneOf(Gen.Int[2, 8], Gen.Const(1_000)), Gen.Int[150, 3_000]);

    [Fact]
    public void After_any_passes_the_log_holds_the_last_value_of_each_key_at_its_offset_and_producers_go_on() =>
        Gen.Select(Sizes, Step.List[1, 80]).Search(
            "logs that were compacted and restarted at random",
            usually: 300,
            drawn =>
            {
                var (sizes, steps) = drawn;
                var disk = KeyedLog.NewDisk(steps.Count);
                var log = new KeyedLog(
                    disk,
                    new LogSettings { SegmentBytes = sizes.SegmentBytes, MinCleanableDirtyRatio = 0, FileDeleteDelayMs = 500, IndexIntervalBytes = 100 },
                    new CleaningSettings { DedupeBufferBytes = sizes.Slots * OffsetMap.SlotBytes, IoBufferBytes = sizes.IoBufferBytes });
                // Without records a partition need not be on the disk.
                log.Append(0);
                log.Commit();
                foreach (var (kind, draw) in steps) Run(log, disk, kind, draw);
                log.Clean();
                log.Check();
                log.Clock.NowMs += KeyedLog.DeleteRetentionMs;
                log.Append(0);
                log.Clean();
                log.Check();
                Assert.Empty(log.Notes.Uncleanable);
                Assert.Empty(log.Notes.Failures);
            });

    private static void Run(KeyedLog log, SimulatedDisk disk, int kind, uint draw)
    {
        switch (kind)
        {
            case <= 5:
                log.Append(draw);
                break;
            case <= 7:
                log.EndTransaction(draw);
                break;
            case <= 9:
                log.Clock.NowMs += draw % 700;
                log.Clean();
                log.Check();
                break;
            case 10:
                log.RestartAsync().GetAwaiter().GetResult();
                log.Check();
                break;
            default:
                log.Commit();
                if (draw % 2 == 0) disk.RestartAfterKill();
                else disk.RestartAfterPowerCut();
                log.Reopen();
                log.Check();
                break;
        }
    }
}
