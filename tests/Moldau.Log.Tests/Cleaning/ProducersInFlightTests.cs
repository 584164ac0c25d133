using Moldau.Protocol;
using Moldau.Protocol.Records;

namespace Moldau.Log.Tests.Cleaning;

/// <summary>
/// Compaction keeps the last batch of each producer, which holds its sequence. Which one that is, a power cut must not change: else the producer
/// would be told that what it sends again is out of order.
/// </summary>
public class ProducersInFlightTests
{
    private const int Seeds = 20;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_producer_goes_on_after_a_power_cut_took_what_it_had_in_flight_as_its_acknowledged_batch_was_compacted(bool isSentDuringThePass)
    {
        for (int seed = 0; seed < Seeds; seed++)
        {
            var disk = KeyedLog.NewDisk(seed);
            var log = new TestLog(new LogSettings { CleanupPolicy = CleanupPolicies.Compact, MinCleanableDirtyRatio = 0, SegmentBytes = 1, FileDeleteDelayMs = 0 }, disk);
            var aborted = new Batch { ProducerId = 7, Epoch = 0, Sequence = 0, Key = 1, Attributes = BatchAttributes.Transactional };
            log.Append(aborted.Build());
            log.Append(new Batch { ProducerId = 7, Epoch = 0, Marker = 0 }.Build(), origin: AppendOrigin.Coordinator);
            log.Append(new Batch { Key = 9 }.Build());
            log.Append(new Batch { Key = 9 }.Build());
            log.Commit();
            log.Log.Flush();
            log.Directory.WriteCheckpoints();
            byte[] inFlight = (aborted with { Sequence = 1 }).Build();
            if (!isSentDuringThePass) log.Append(inFlight);
            log.Log.Settings = log.Settings with { SegmentBytes = 10_000 }; // Segments become one, and their snapshots go.
            disk.Fails = (operation, path) =>
            {
                if (!isSentDuringThePass || operation != "write" || !path.EndsWith(".cleaned", StringComparison.Ordinal)) return false;
                disk.Fails = null;
                log.Append(inFlight);
                return false;
            };
            log.Directory.Upkeep.CompactLogs(CancellationToken.None);
            Assert.Equal(5, log.Log.LogEndOffset);
            Assert.NotNull(log.Log.Cleaning.CleanedOffset);
            disk.RestartAfterPowerCut();
            log.Reopen();
            Assert.Equal(ErrorCode.None, log.Append(inFlight).Error);
        }
    }
}
