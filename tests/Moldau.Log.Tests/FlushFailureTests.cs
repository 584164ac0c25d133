using Moldau.Log.Files;
using Moldau.TestKit;

namespace Moldau.Log.Tests;

/// <summary>A flush that failed says nothing about what is on the disk, and a second one that succeeds does not either.</summary>
public class FlushFailureTests
{
    private const string FirstSegment = "00000000000000000000.log";

    private readonly SimulatedDisk _disk = new(seed: 5);

    [Fact]
    public void What_a_failed_flush_left_behind_is_not_committed_by_a_later_round()
    {
        var log = Open();
        log.Append(new Batch { PayloadBytes = 5_000 }.Build());
        // The next batch is in the journal's next round, and comes before the failure.
        _disk.Fails = (operation, path) => operation == "flush" && path.EndsWith(FirstSegment, StringComparison.Ordinal) && Disarm(log);
        log.Commit();
        Assert.Equal((0L, 2L), (log.Log.HighWatermark, log.Log.LogEndOffset));
    }

    [Fact]
    public void A_partition_whose_place_is_not_durable_commits_nothing()
    {
        var log = Open();
        FailOnce("flush", log.PartitionPath);
        log.Append(new Batch().Build());
        log.Commit();
        Assert.Equal(0, log.Log.HighWatermark);
        Assert.NotNull(log.Log.Failure);
    }

    [Fact]
    public void A_flush_after_a_failed_one_fails_too_and_the_recovery_point_stays()
    {
        var log = Open();
        log.Append(new Batch().Build());
        log.Commit();
        FailOnce("flush", Path.Combine(log.PartitionPath, FirstSegment));
        Assert.Throws<IOException>(log.Log.Flush);
        Assert.Throws<IOException>(log.Log.Flush);
        Assert.Equal(0, log.Log.RecoveryPoint);
    }

    [Fact]
    public void A_full_journal_file_is_kept_where_a_segment_flush_failed_before()
    {
        var log = Open();
        log.Append(new Batch().Build());
        log.Commit();
        FailOnce("flush", Path.Combine(log.PartitionPath, FirstSegment));
        Assert.Throws<IOException>(log.Log.Flush);
        var other = log.Directory.Create(new PartitionName("other", 0), Guid.NewGuid(), LogSettings.Default);
        for (int i = 0; i < 300; i++)
        {
            other.Append(new Batch().Build(), new AppendContext { LeaderEpoch = 0 });
            log.Commit();
            log.Directory.RunRecycleRound();
        }
        _disk.RestartAfterKill();
        using (var file = _disk.Open(Path.Combine(log.PartitionPath, FirstSegment), FileCreation.Existing)) file.SetLength(0);
        log.Reopen();
        Assert.Equal([0], log.ReadBaseOffsets());
    }

    [Fact]
    public void What_a_failed_flush_of_a_segment_lost_is_written_again_by_the_next_start()
    {
        var log = Open();
        for (int i = 0; i < 5; i++) log.Append(new Batch().Build());
        log.Commit();
        FailOnce("flush", Path.Combine(log.PartitionPath, FirstSegment));
        Assert.Throws<IOException>(log.Log.FlushInBackground);
        AssertNothingIsLost(log, end: 5);
    }

    [Fact]
    public void What_a_failed_flush_of_a_start_lost_is_written_again_by_the_next_one()
    {
        var log = Open();
        for (int i = 0; i < 5; i++) log.Append(new Batch().Build());
        log.Commit();
        _disk.RestartAfterKill();
        FailOnce("flush", Path.Combine(log.PartitionPath, FirstSegment));
        Assert.Throws<IOException>(log.Reopen);
        AssertNothingIsLost(log, end: 5);
    }

    [Fact]
    public void A_large_batch_whose_flush_failed_and_that_a_start_shows_its_readers_stays()
    {
        var log = Open();
        log.Append(new Batch { PayloadBytes = 5_000 }.Build());
        FailOnce("flush", Path.Combine(log.PartitionPath, FirstSegment));
        log.Commit();
        Assert.NotNull(log.Log.Failure);
        AssertNothingIsLost(log, end: 1);
    }

    [Fact]
    public void A_partition_whose_metadata_a_failed_flush_lost_is_still_there_after_the_next_start_and_a_power_cut()
    {
        var log = Open();
        FailOnce("flush", Path.Combine(log.PartitionPath, "partition.metadata"));
        log.Append(new Batch().Build());
        log.Commit();
        Assert.NotNull(log.Log.Failure);
        AssertNothingIsLost(log, end: 1);
    }

    [Fact]
    public void A_deletion_waits_for_the_flush_that_is_under_way()
    {
        var log = Open();
        log.Log.Settings = new LogSettings { SegmentBytes = 150 };
        for (int i = 0; i < 5; i++) log.Append(new Batch().Build());
        var operations = new List<string>();
        var deletion = new Thread(() => log.Directory.Delete(TestLog.Partition));
        _disk.Fails = (operation, path) =>
        {
            if (path.StartsWith(log.PartitionPath, StringComparison.Ordinal)) operations.Add(operation);
            if (!path.EndsWith(FirstSegment, StringComparison.Ordinal) || log.Log.IsClosed) return false;
            deletion.Start();
            SpinWait.SpinUntil(() => log.Log.IsClosed);
            return false;
        };
        log.Log.Flush();
        deletion.Join();
        Assert.Equal(operations.Count - 2, operations.LastIndexOf("rename"));
        Assert.Equal(5, log.Log.RecoveryPoint);
    }

    [Fact]
    public void A_deleted_partition_is_not_flushed_any_more()
    {
        var log = Open();
        log.Append(new Batch { PayloadBytes = 5_000 }.Build());
        log.Directory.Delete(TestLog.Partition);
        log.Commit();
        log.Log.Flush();
        Assert.Equal((0L, 0L), (log.Log.HighWatermark, log.Log.RecoveryPoint));
    }

    [Fact]
    public void Who_listens_is_told_that_a_partition_went_offline()
    {
        var log = Open();
        var listener = new CountingListener();
        log.Log.AddListener(listener);
        FailOnce("write", Path.Combine(log.PartitionPath, FirstSegment));
        log.Append(new Batch().Build());
        Assert.NotNull(log.Log.Failure);
        Assert.Equal(1, listener.Calls);
    }

    /// <summary>The process starts again and its readers see the log up to the end; then the power goes.</summary>
    private void AssertNothingIsLost(TestLog log, long end)
    {
        _disk.RestartAfterKill();
        log.Reopen();
        Assert.Equal(end, log.Log.HighWatermark);
        _disk.RestartAfterPowerCut();
        log.Reopen();
        Assert.Equal(end, log.Log.LogEndOffset);
        Assert.Equal(end, log.ReadBaseOffsets().Count);
    }

    /// <summary>True at the first call; the disk works from then on.</summary>
    private bool Disarm(TestLog log)
    {
        _disk.Fails = null;
        log.Append(new Batch().Build());
        return true;
    }

    private void FailOnce(string operation, string path) => _disk.Fails = (present, at) =>
    {
        if (present != operation || at != path) return false;
        _disk.Fails = null;
        return true;
    };

    private TestLog Open()
    {
        _disk.CreateDirectory("/data");
        _disk.FlushDirectory("/");
        return new TestLog(files: _disk, options: options => options with { JournalFileBytes = 8_192, DirectBytesMin = 1_000 });
    }

    private sealed class CountingListener : IHighWatermarkListener
    {
        public int Calls { get; private set; }

        public void HighWatermarkMoved(PartitionLog log) => Calls++;
    }
}
