using Moldau.Protocol.Records;

namespace Moldau.Log.Tests.Cleaning;

/// <summary>
/// A marker whose transaction has no data left goes after a while. Not as long as recovery may begin with a snapshot in which the transaction is open:
/// it would never end.
/// </summary>
public class MarkersOfSnapshotsTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void A_transaction_that_began_before_the_logs_start_is_ended_after_compaction_and_a_crash(byte marker)
    {
        var disk = KeyedLog.NewDisk(seed: 4);
        var settings = new LogSettings
        {
            CleanupPolicy = CleanupPolicies.Compact,
            MinCleanableDirtyRatio = 0,
            SegmentBytes = 1,
            FileDeleteDelayMs = 0,
            DeleteRetentionMs = 0,
        };
        var log = new TestLog(settings, disk);
        log.Append(new Batch { ProducerId = 7, Epoch = 0, Sequence = 0, Key = 1, Attributes = BatchAttributes.Transactional }.Build());
        log.Append(new Batch { Key = 9 }.Build());
        log.Append(new Batch { ProducerId = 7, Epoch = 0, Marker = marker }.Build(), origin: AppendOrigin.Coordinator);
        for (int i = 0; i < 2; i++) log.Append(new Batch { Key = 9 }.Build());
        Flush(log);
        // The first segment goes; the snapshot where the second begins says that the transaction is open.
        log.Log.DeleteRecordsBefore(1);
        log.Log.Settings = settings with { CleanupPolicy = CleanupPolicies.Delete, RetentionMs = -1 };
        log.Directory.Upkeep.DeleteOldSegments();
        for (int pass = 0; pass < 3; pass++)
        {
            log.Log.Settings = settings;
            log.Append(new Batch { Key = 9 }.Build());
            Flush(log);
            log.Log.Settings = settings with { SegmentBytes = 10_000 };
            log.Directory.Upkeep.CompactLogs(CancellationToken.None);
            log.Directory.Upkeep.DeleteDueFiles();
        }
        Assert.Equal(1, log.Log.Segments.First.BaseOffset);
        disk.RestartAfterKill();
        log.Reopen();
        Assert.Equal((8L, 8L), (log.Log.LogEndOffset, log.Log.LastStableOffset));
    }

    private static void Flush(TestLog log)
    {
        log.Commit();
        log.Log.Flush();
        log.Directory.WriteCheckpoints();
    }
}
