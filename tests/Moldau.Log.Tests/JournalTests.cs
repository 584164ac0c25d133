using Moldau.Log.Commit;
using Moldau.Log.Files;
using Moldau.Protocol;
using Moldau.TestKit;

namespace Moldau.Log.Tests;

public class JournalTests
{
    private readonly SimulatedDisk _disk = new(seed: 3);
    private readonly RecordingObserver _observer = new();
    private readonly TestLog _log;

    public JournalTests()
    {
        _disk.CreateDirectory("/data");
        _disk.FlushDirectory("/");
        _log = new TestLog(files: _disk, options: options => options with
        {
            JournalFileBytes = 8_192,
            DirectBytesMin = 1_000,
            Observer = _observer,
        });
    }

    [Fact]
    public void Two_log_directories_do_not_share_a_journal()
    {
        var options = new LogDirectoryOptions
        {
            Files = _disk,
            Path = "/data/other",
            JournalPath = "/data/journal",
            NewIdentity = new DirectoryIdentity { ClusterId = "other", NodeId = 2, DirectoryId = Guid.NewGuid() },
            Threads = BackgroundThreads.None,
        };
        Assert.Throws<DirectoryInUseException>(() => LogDirectory.Open(options));
    }

    [Fact]
    public void Who_appends_more_than_may_wait_for_the_disk_is_told_when_there_is_room()
    {
        Assert.True(_log.Log.RoomAsync().IsCompleted);
        for (long gathered = 0; gathered < GroupCommitter.GatheredBytesMax; gathered += 1_000_000)
        {
            _log.Append(new Batch { PayloadBytes = 1_000_000 }.Build());
        }
        var room = _log.Log.RoomAsync();
        Assert.False(room.IsCompleted);
        _log.Directory.RunCommitRound();
        Assert.True(room.IsCompletedSuccessfully);
    }

    [Fact]
    public void What_only_the_journal_had_goes_back_to_the_segment()
    {
        Append(3);
        _log.Commit();
        Crash(losing: "00000000000000000000.log");
        _log.Reopen();
        Assert.Equal([0, 1, 2], _log.ReadBaseOffsets());
        Assert.Equal(["repaired orders-0 from 0 to 3"], _observer.Events);
    }

    [Fact]
    public void A_batch_goes_back_with_its_leader_epoch_and_its_producer()
    {
        _log.Append(new Batch { ProducerId = 7, Epoch = 0, Sequence = 0 }.Build(), leaderEpoch: 5);
        _log.Commit();
        Crash(losing: "00000000000000000000.log");
        _log.Reopen();
        Assert.Equal(5, _log.Log.LatestLeaderEpoch);
        Assert.True(_log.Append(new Batch { ProducerId = 7, Epoch = 0, Sequence = 0 }.Build()).IsDuplicate);
    }

    [Fact]
    public void A_later_segment_that_outlived_the_end_of_the_one_before_is_dropped_and_given_back()
    {
        _log.Log.Settings = new LogSettings { SegmentBytes = 250 };
        Append(9);
        _log.Commit();
        Crash(losing: "00000000000000000000.log");
        _log.Reopen();
        Assert.Equal(Enumerable.Range(0, 9).Select(offset => (long)offset), _log.ReadBaseOffsets());
    }

    [Fact]
    public void A_moved_log_start_survives_the_loss_of_the_segment_that_holds_it()
    {
        Append(5);
        _log.Commit();
        _log.Log.DeleteRecordsBefore(3);
        _log.Directory.WriteCheckpoints();
        Crash(losing: "00000000000000000000.log");
        _log.Reopen();
        Assert.Equal((3L, 5L), (_log.Log.LogStartOffset, _log.Log.LogEndOffset));
    }

    [Fact]
    public void A_partition_made_again_takes_nothing_over_from_the_checkpoints_of_the_former_one()
    {
        Append(5);
        _log.Commit();
        _log.Log.Flush();
        _log.Directory.WriteCheckpoints();
        _log.Directory.Delete(TestLog.Partition);
        _log.Directory.Create(TestLog.Partition, Guid.NewGuid(), LogSettings.Default);
        _disk.RestartAfterKill();
        _log.Reopen();
        Assert.Equal((0L, 0L), (_log.Log.LogStartOffset, _log.Log.LogEndOffset));
    }

    [Fact]
    public void A_full_file_is_used_again_once_its_segments_are_flushed()
    {
        for (int i = 0; i < 200; i++)
        {
            Append(1);
            _log.Commit();
            _log.Directory.RunRecycleRound();
        }
        Assert.InRange(_disk.FileNames("/data/journal").Count, 1, 3);
        Assert.InRange(_log.Log.RecoveryPoint, 100, 200);
    }

    [Fact]
    public void A_large_batch_becomes_durable_in_its_segment_and_is_not_written_twice()
    {
        Append(1);
        _log.Append(new Batch { PayloadBytes = 5_000 }.Build());
        _log.Commit();
        Assert.Equal((2L, 2L), (_log.Log.HighWatermark, _log.Log.RecoveryPoint));
        Append(1);
        _log.Commit();
        _disk.CutAt = _disk.Operations + 1;
        Assert.Throws<PowerCutException>(() => _log.Append(new Batch().Build()));
        _disk.RestartAfterPowerCut();
        _log.Reopen();
        Assert.Equal([0, 1, 2], _log.ReadBaseOffsets());
    }

    [Fact]
    public void A_large_batch_that_its_segment_lost_is_missed()
    {
        _log.Append(new Batch { PayloadBytes = 5_000 }.Build());
        _log.Commit();
        Crash(losing: "00000000000000000000.log");
        _log.Reopen();
        Assert.Equal("orders-0 disagrees: the log ends at 0, though more of it had been flushed", _observer.Events[0]);
    }

    [Fact]
    public async Task After_a_clean_stop_it_is_empty()
    {
        Append(3);
        await _log.RestartAsync();
        await _log.Directory.DisposeAsync();
        Assert.Empty(_disk.FileNames("/data/journal"));
    }

    [Fact]
    public void A_state_log_is_cut_to_what_the_journal_confirms_and_a_data_log_keeps_what_it_has()
    {
        var state = _log.Directory.Create(new PartitionName("__consumer_offsets", 0), Guid.NewGuid(), LogSettings.Default);
        state.Append(new Batch().Build(), new AppendContext { LeaderEpoch = 0 });
        Append(1);
        _log.Commit();
        state.Append(new Batch().Build(), new AppendContext { LeaderEpoch = 0 });
        Append(1);
        _disk.RestartAfterKill();
        _log.Reopen();
        Assert.Equal((1L, 2L), (_log.Directory.Get(state.Name)!.LogEndOffset, _log.Log.LogEndOffset));
    }

    [Fact]
    public async Task When_its_flush_fails_nothing_is_acknowledged_any_more_and_the_broker_is_told()
    {
        var other = _log.Directory.Create(new PartitionName("other", 0), Guid.NewGuid(), LogSettings.Default);
        _disk.Fails = (operation, path) => operation == "flush" && path.EndsWith(".journal", StringComparison.Ordinal);
        var waiting = _log.Log.CommittedAsync(_log.Append(new Batch().Build()).EndOffset).AsTask();
        _log.Commit();
        await Assert.ThrowsAsync<LogOfflineException>(() => waiting);
        Assert.Equal(0, _log.Log.HighWatermark);
        Assert.Equal(["commit failed"], _observer.Events);
        _disk.Fails = null;
        Assert.Equal(ErrorCode.KafkaStorageError, other.Append(new Batch().Build(), new AppendContext { LeaderEpoch = 0 }).Error);
    }

    [Fact]
    public void When_checkpoints_cannot_be_written_the_journal_keeps_its_files_and_commits_go_on()
    {
        _disk.Fails = (operation, path) => operation == "write" && path.Contains("offset-checkpoint", StringComparison.Ordinal);
        for (int i = 0; i < 100; i++)
        {
            Append(1);
            _log.Commit();
            _log.Directory.RunRecycleRound();
        }
        Assert.Equal(100, _log.Log.HighWatermark);
        Assert.InRange(_disk.FileNames("/data/journal").Count, 3, 100);
        Assert.Contains("checkpoints not written", _observer.Events);
    }

    [Fact]
    public void When_a_segment_cannot_be_written_only_its_partition_goes_offline()
    {
        var other = _log.Directory.Create(new PartitionName("other", 0), Guid.NewGuid(), LogSettings.Default);
        _disk.Fails = (operation, path) => operation == "write" && path.StartsWith(_log.PartitionPath, StringComparison.Ordinal);
        Assert.Equal(ErrorCode.KafkaStorageError, _log.Append(new Batch().Build()).Error);
        Assert.Equal(["orders-0 offline"], _observer.Events);
        Assert.Equal(ErrorCode.None, other.Append(new Batch().Build(), new AppendContext { LeaderEpoch = 0 }).Error);
        _log.Commit();
        Assert.Equal(1, other.HighWatermark);
    }

    [Fact]
    public void When_a_segment_cannot_be_flushed_the_journal_keeps_what_it_holds_and_the_next_start_repairs_it()
    {
        Append(1);
        _log.Commit();
        _disk.Fails = (operation, path) => operation == "flush" && path.EndsWith("00000000000000000000.log", StringComparison.Ordinal);
        for (int i = 0; i < 200 && _log.Log.Failure is null; i++)
        {
            Append(1);
            _log.Commit();
            _log.Directory.RunRecycleRound();
        }
        long end = _log.Log.HighWatermark;
        _disk.Fails = null;
        Crash(losing: "00000000000000000000.log");
        _log.Reopen();
        Assert.Equal(end, _log.Log.LogEndOffset);
    }

    private void Append(int batches)
    {
        for (int i = 0; i < batches; i++) _log.Append(new Batch().Build());
    }

    /// <summary>Stands for the power cut in which a file lost all that it held.</summary>
    private void Crash(string losing)
    {
        _disk.RestartAfterKill();
        using var file = _disk.Open(Path.Combine(_log.PartitionPath, losing), FileCreation.Existing);
        file.SetLength(0);
    }

    private sealed class RecordingObserver : LogObserver
    {
        public List<string> Events { get; } = [];

        public override void CommitFailed(Exception cause) => Events.Add("commit failed");

        public override void CheckpointsNotWritten(Exception cause) => Events.Add("checkpoints not written");

        public override void PartitionOffline(PartitionName partition, Exception cause) => Events.Add($"{partition} offline");

        public override void JournalDisagrees(PartitionName partition, string reason) => Events.Add($"{partition} disagrees: {reason}");

        public override void Repaired(PartitionName partition, long fromOffset, long logEndOffset) =>
            Events.Add($"repaired {partition} from {fromOffset} to {logEndOffset}");
    }
}
