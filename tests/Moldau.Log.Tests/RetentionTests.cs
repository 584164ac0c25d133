using Moldau.Protocol.Records;
using Moldau.TestKit;

namespace Moldau.Log.Tests;

public class RetentionTests
{
    private const int BatchBytes = 81;

    private readonly SimulatedDisk _disk = new(seed: 9);

    public RetentionTests()
    {
        _disk.CreateDirectory("/data");
        _disk.FlushDirectory("/");
    }

    [Fact]
    public void Segments_go_when_their_newest_record_is_older_than_retention_ms()
    {
        var log = OneBatchASegment(new LogSettings { CleanupPolicy = CleanupPolicies.Delete, RetentionMs = 1_000 }, timestamps: [100, 200, 900, 950]);
        log.Clock.NowMs = 1_250;
        log.Directory.Upkeep.DeleteOldSegments();
        Assert.Equal((2L, 4L), (log.Log.LogStartOffset, log.Log.LogEndOffset));
        Assert.Equal([2, 3], log.ReadBaseOffsets(2));
    }

    [Fact]
    public void A_log_that_is_being_compacted_is_left_for_the_next_time_and_keeps_no_other_waiting()
    {
        var log = OneBatchASegment(new LogSettings { CleanupPolicy = CleanupPolicies.Delete, RetentionMs = 1_000 }, timestamps: [100, 2_000]);
        log.Clock.NowMs = 1_250;
        using var held = new ManualResetEventSlim();
        using var done = new ManualResetEventSlim();
        var compaction = new Thread(() =>
        {
            lock (log.Log.Cleaning.Turn)
            {
                held.Set();
                done.Wait();
            }
        });
        compaction.Start();
        held.Wait();
        log.Directory.Upkeep.DeleteOldSegments();
        long start = log.Log.LogStartOffset;
        done.Set();
        compaction.Join();
        Assert.Equal(0, start);
        log.Directory.Upkeep.DeleteOldSegments();
        Assert.Equal(1, log.Log.LogStartOffset);
    }

    [Fact]
    public void Retention_of_a_log_that_is_deleted_meanwhile_leaves_the_one_that_is_made_in_its_place_alone()
    {
        var log = OneBatchASegment(new LogSettings { CleanupPolicy = CleanupPolicies.Delete, RetentionMs = 1_000 }, timestamps: [100, 200, 2_000]);
        log.Log.Flush();
        log.Directory.WriteCheckpoints();
        PartitionLog? again = null;
        log.Clock.Read = () =>
        {
            (log.Clock.Read, log.Clock.NowMs) = (null, 2_000);
            log.Directory.Delete(TestLog.Partition);
            again = log.Directory.Create(TestLog.Partition, Guid.NewGuid(), log.Settings);
            again.Append(new Batch().Build(), new AppendContext { LeaderEpoch = 0 });
        };
        Assert.Empty(log.Log.TakeOldSegments());
        Assert.Equal(1, again!.LogEndOffset);
        Assert.True(_disk.FileExists(again.Segments.First.Log.Path));
        Assert.DoesNotContain(_disk.FileNames(log.PartitionPath), name => name.EndsWith(".deleted", StringComparison.Ordinal));
    }

    [Fact]
    public void A_young_segment_keeps_older_ones_behind_it()
    {
        var log = OneBatchASegment(new LogSettings { CleanupPolicy = CleanupPolicies.Delete, RetentionMs = 1_000 }, timestamps: [900, 100, 200]);
        log.Clock.NowMs = 1_500;
        log.Directory.Upkeep.DeleteOldSegments();
        Assert.Equal(0, log.Log.LogStartOffset);
    }

    [Fact]
    public void When_all_is_old_an_empty_segment_at_the_end_remains()
    {
        var log = OneBatchASegment(new LogSettings { CleanupPolicy = CleanupPolicies.Delete, RetentionMs = 1_000 }, timestamps: [100, 200]);
        log.Clock.NowMs = 5_000;
        log.Directory.Upkeep.DeleteOldSegments();
        Assert.Equal((2L, 2L), (log.Log.LogStartOffset, log.Log.LogEndOffset));
        Assert.Equal(2, log.Append(new Batch().Build()).BaseOffset);
        Assert.Equal([2], log.ReadBaseOffsets(2));
    }

    [Fact]
    public void The_oldest_segments_go_while_the_rest_is_at_least_retention_bytes()
    {
        var log = OneBatchASegment(new LogSettings { CleanupPolicy = CleanupPolicies.Delete, RetentionMs = -1, RetentionBytes = 2 * BatchBytes + 1 }, [1, 2, 3, 4, 5]);
        log.Directory.Upkeep.DeleteOldSegments();
        Assert.Equal(2, log.Log.LogStartOffset);
    }

    [Fact]
    public void Segments_whose_files_cannot_be_renamed_stay_in_the_log_and_leave_no_gap_behind_them()
    {
        var log = OneBatchASegment(new LogSettings { CleanupPolicy = CleanupPolicies.Delete, RetentionMs = 1_000, FileDeleteDelayMs = 0 }, timestamps: [100, 200, 300, 5_000]);
        _disk.Lacks = (operation, path) => operation == "rename" && path.EndsWith("1.log", StringComparison.Ordinal);
        log.Clock.NowMs = 3_000;
        log.Directory.Upkeep.DeleteOldSegments();
        Assert.Equal(1, log.Log.LogStartOffset);
        _disk.Lacks = null;
        log.Directory.Upkeep.DeleteOldSegments();
        log.Directory.Upkeep.DeleteDueFiles();
        _disk.RestartAfterKill();
        log.Reopen();
        Assert.Equal([3], log.ReadBaseOffsets(log.Log.LogStartOffset));
    }

    [Theory]
    [InlineData(CleanupPolicies.None)]
    [InlineData(CleanupPolicies.Compact)]
    internal void Without_the_policy_delete_only_what_lies_below_the_log_start_goes(CleanupPolicies policy)
    {
        var log = OneBatchASegment(new LogSettings { CleanupPolicy = policy, RetentionMs = 0, RetentionBytes = 0 }, timestamps: [1, 2, 3, 4]);
        log.Log.DeleteRecordsBefore(2);
        log.Clock.NowMs = 1_000_000;
        log.Directory.Upkeep.DeleteOldSegments();
        Assert.Equal((2L, 2L), (log.Log.Segments.First.BaseOffset, log.Log.LogStartOffset));
    }

    [Fact]
    public void What_is_not_committed_stays()
    {
        var log = OneBatchASegment(new LogSettings { CleanupPolicy = CleanupPolicies.Delete, RetentionMs = 0 }, timestamps: [1, 2]);
        log.Append(new Batch { TimestampMs = 3 }.Build());
        log.Clock.NowMs = 5_000;
        log.Directory.Upkeep.DeleteOldSegments();
        Assert.Equal((2L, 3L), (log.Log.LogStartOffset, log.Log.LogEndOffset));
    }

    [Fact]
    public void The_files_of_a_deleted_segment_stay_readable_for_the_delay_under_the_suffix_deleted()
    {
        var log = OneBatchASegment(
            new LogSettings { CleanupPolicy = CleanupPolicies.Delete, RetentionMs = 1_000, FileDeleteDelayMs = 500 }, timestamps: [100, 5_000]);
        var reader = log.Log.Segments.First;
        log.Clock.NowMs = 2_000;
        log.Directory.Upkeep.DeleteOldSegments();
        Assert.Contains("00000000000000000000.log.deleted", _disk.FileNames(log.PartitionPath));
        Assert.Equal(BatchBytes, reader.Log.Read(0, new byte[BatchBytes]));
        log.Clock.NowMs = 2_499;
        log.Directory.Upkeep.DeleteDueFiles();
        Assert.Contains("00000000000000000000.log.deleted", _disk.FileNames(log.PartitionPath));
        log.Clock.NowMs = 2_500;
        log.Directory.Upkeep.DeleteDueFiles();
        Assert.DoesNotContain(_disk.FileNames(log.PartitionPath), name => name.StartsWith("00000000000000000000", StringComparison.Ordinal));
    }

    [Fact]
    public async Task What_a_stop_leaves_of_deleted_segments_goes_with_the_next_start()
    {
        var log = OneBatchASegment(new LogSettings { CleanupPolicy = CleanupPolicies.Delete, RetentionMs = 1_000 }, timestamps: [100, 5_000]);
        log.Clock.NowMs = 2_000;
        log.Directory.Upkeep.DeleteOldSegments();
        await log.RestartAsync();
        Assert.DoesNotContain(_disk.FileNames(log.PartitionPath), name => name.EndsWith(".deleted", StringComparison.Ordinal));
        Assert.Equal((1L, 2L), (log.Log.LogStartOffset, log.Log.LogEndOffset));
    }

    [Fact]
    public void After_a_power_cut_a_log_whose_beginning_was_deleted_is_whole()
    {
        var log = OneBatchASegment(new LogSettings { CleanupPolicy = CleanupPolicies.Delete, RetentionMs = 1_000 }, timestamps: [100, 200, 5_000]);
        log.Clock.NowMs = 2_000;
        log.Directory.Upkeep.DeleteOldSegments();
        _disk.FlushDirectory(log.PartitionPath);
        _disk.RestartAfterPowerCut();
        log.Reopen();
        Assert.Equal((2L, 3L), (log.Log.LogStartOffset, log.Log.LogEndOffset));
        Assert.Equal([2], log.ReadBaseOffsets(2));
    }

    [Fact]
    public void Where_checkpoints_cannot_be_written_what_they_cover_goes_all_the_same()
    {
        var log = OneBatchASegment(new LogSettings { CleanupPolicy = CleanupPolicies.Delete, RetentionMs = 1_000 }, timestamps: [100, 200]);
        log.Log.Flush();
        log.Directory.WriteCheckpoints();
        Append(log, 300);
        _disk.Fails = (operation, path) => operation == "write" && path.Contains("checkpoint", StringComparison.Ordinal);
        log.Clock.NowMs = 5_000;
        log.Directory.Upkeep.DeleteOldSegments();
        Assert.Equal((2L, 3L), (log.Log.LogStartOffset, log.Log.LogEndOffset));
    }

    [Fact]
    public void The_last_stable_offset_never_lies_before_the_log_start()
    {
        var log = OneBatchASegment(new LogSettings { CleanupPolicy = CleanupPolicies.Delete, RetentionMs = 1_000 }, timestamps: []);
        log.Append(new Batch { TimestampMs = 100, ProducerId = 4, Epoch = 0, Sequence = 0, Attributes = BatchAttributes.Transactional }.Build());
        Append(log, 5_000);
        Assert.Equal(0, log.Log.LastStableOffset);
        log.Clock.NowMs = 2_000;
        log.Directory.Upkeep.DeleteOldSegments();
        Assert.Equal((1L, 1L), (log.Log.LogStartOffset, log.Log.LastStableOffset));
    }

    private TestLog OneBatchASegment(LogSettings settings, long[] timestamps)
    {
        var log = new TestLog(settings with { SegmentBytes = BatchBytes }, _disk);
        foreach (long timestamp in timestamps) Append(log, timestamp);
        return log;
    }

    private static void Append(TestLog log, long timestampMs)
    {
        log.Append(new Batch { TimestampMs = timestampMs }.Build());
        log.Commit();
    }
}
