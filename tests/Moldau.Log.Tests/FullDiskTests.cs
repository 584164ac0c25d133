using Moldau.Log.Files;
using Moldau.Protocol;
using Moldau.TestKit;

namespace Moldau.Log.Tests;

/// <summary>A disk without room refuses and changes nothing; what was refused succeeds once there is room again.</summary>
public class FullDiskTests
{
    private readonly SimulatedDisk _disk = new(seed: 13);
    private readonly CountingObserver _observer = new();
    private readonly TestLog _log;

    public FullDiskTests()
    {
        _disk.CreateDirectory("/data");
        _disk.FlushDirectory("/");
        _log = new TestLog(new LogSettings { SegmentBytes = 250, IndexIntervalBytes = 50 }, _disk, options => options with { Observer = _observer, JournalFileBytes = 4_096 + 300 });
    }

    [Fact]
    public void An_append_without_room_is_refused_and_the_next_with_room_succeeds()
    {
        Assert.Equal(0, Append().BaseOffset);
        _disk.IsFull = path => path.EndsWith(".log", StringComparison.Ordinal);
        Assert.Equal(ErrorCode.KafkaStorageError, Append().Error);
        Assert.Equal(ErrorCode.KafkaStorageError, Append().Error);
        Assert.Equal((1, null), (_observer.Refusals, _log.Log.Failure));
        _disk.IsFull = null;
        Assert.Equal((1L, ErrorCode.None), (Append().BaseOffset, Append().Error));
        _log.Commit();
        Assert.Equal([0, 1, 2], _log.ReadBaseOffsets());
    }

    [Theory]
    [InlineData(".index")]
    [InlineData(".timeindex")]
    public async Task An_append_whose_index_cannot_be_read_leaves_nothing_of_itself(string suffix)
    {
        for (int i = 0; i < 3; i++) Append();
        await _log.RestartAsync();
        _log.Log.Settings = new LogSettings { IndexIntervalBytes = 50 };
        string path = Path.Combine(_log.PartitionPath, "00000000000000000000.log");
        int length = _disk.ReadAll(path).Length;
        _disk.Lacks = (operation, at) => operation is "open" or "read" && at.EndsWith(suffix, StringComparison.Ordinal);
        Assert.Equal(ErrorCode.KafkaStorageError, _log.Append(new Batch { TimestampMs = 9_000 }.Build()).Error);
        Assert.Equal((null, length), (_log.Log.Failure, _disk.ReadAll(path).Length));
        _disk.Lacks = null;
        Assert.Equal(1_000, _log.Log.NewestSegment()!.Value.Newest.TimestampMs);
        Assert.Equal(3, Append().BaseOffset);
        Assert.Equal([0, 1, 2, 3], _log.ReadBaseOffsets());
    }

    [Theory]
    [InlineData(".index")]
    [InlineData(".timeindex")]
    [InlineData("3.log")]
    public void A_segment_that_cannot_be_ended_for_want_of_room_is_ended_later(string suffix)
    {
        for (int i = 0; i < 3; i++) Append();
        _disk.IsFull = path => path.EndsWith(suffix, StringComparison.Ordinal);
        Assert.Equal(ErrorCode.KafkaStorageError, Append().Error);
        Assert.Null(_log.Log.Failure);
        _disk.IsFull = null;
        Assert.Equal(3, Append().BaseOffset);
        _log.Commit();
        _disk.RestartAfterKill();
        _log.Reopen();
        Assert.Equal([0, 1, 2, 3], _log.ReadBaseOffsets());
    }

    [Fact]
    public async Task A_batch_that_was_written_in_part_leaves_nothing_behind_the_segment_that_ends_before_it()
    {
        for (int i = 0; i < 3; i++) Append();
        for (int refused = 0; refused < 10; refused++)
        {
            _disk.IsFull = path => path.EndsWith(".log", StringComparison.Ordinal);
            Append();
            _disk.IsFull = null;
        }
        _log.Log.Settings = _log.Settings with { SegmentBytes = 1 };
        for (int i = 0; i < 3; i++) Append();
        await _log.RestartAsync();
        Assert.Equal([0, 1, 2, 3, 4, 5], _log.ReadBaseOffsets());
    }

    [Fact]
    public async Task A_tail_behind_a_segments_last_batch_is_cut_and_the_next_segment_stays()
    {
        _log.Log.Settings = _log.Settings with { SegmentBytes = 1 };
        for (int i = 0; i < 3; i++) Append();
        await _log.Directory.DisposeAsync();
        using (var file = _disk.Open(Path.Combine(_log.PartitionPath, "00000000000000000001.log"), Files.FileCreation.Existing)) file.Write(file.Length, new byte[40]);
        _log.Reopen();
        Assert.Equal([0, 1, 2], _log.ReadBaseOffsets());
    }

    [Fact]
    public void A_log_that_has_no_room_to_begin_another_segment_keeps_no_other_from_making_some()
    {
        var other = _log.Directory.Create(new PartitionName("other", 0), Guid.NewGuid(), _log.Settings);
        other.Append(new Batch().Build(), new AppendContext { LeaderEpoch = 0 });
        for (int i = 0; i < 3; i++) Append();
        _log.Commit();
        var expire = new LogSettings { SegmentBytes = 1, CleanupPolicy = CleanupPolicies.Delete, RetentionMs = 1 };
        _log.Log.Settings = other.Settings = expire;
        _log.Append(new Batch { TimestampMs = 1_000_000 }.Build());
        _log.Commit();
        _log.Clock.NowMs = 1_000_000;
        _disk.IsFull = path => path.Contains("other", StringComparison.Ordinal);
        _log.Directory.Upkeep.DeleteOldSegments();
        Assert.True(_log.Log.LogStartOffset > 0);
        Assert.Null(other.Failure);
    }

    [Fact]
    public void Without_room_for_the_journal_nothing_is_committed_until_there_is_some()
    {
        for (int i = 0; i < 2; i++) Append();
        _log.Commit();
        Assert.Equal(2, _log.Log.HighWatermark);
        _disk.IsFull = path => path.EndsWith(".journal", StringComparison.Ordinal);
        for (int i = 0; i < 2; i++) Append();
        _log.Commit();
        _log.Commit();
        Assert.Equal((2L, 2), (_log.Log.HighWatermark, _observer.Waits));
        _disk.IsFull = null;
        _log.Commit();
        Assert.Equal(4, _log.Log.HighWatermark);
        _disk.RestartAfterPowerCut();
        _log.Reopen();
        Assert.Equal([0, 1, 2, 3], _log.ReadBaseOffsets());
    }

    [Fact]
    public void A_refused_batch_of_a_producer_and_those_in_flight_behind_it_are_taken_in_order_when_they_come_again()
    {
        Assert.Equal(0, Append(producer: 7, sequence: 0).BaseOffset);
        _disk.IsFull = path => path.EndsWith(".log", StringComparison.Ordinal);
        Assert.Equal(ErrorCode.KafkaStorageError, Append(producer: 7, sequence: 1).Error);
        Assert.Equal(ErrorCode.KafkaStorageError, Append(producer: 7, sequence: 2).Error); // Not out of order: what it lacks comes again.
        _disk.IsFull = null;
        Assert.Equal((1L, ErrorCode.None), (Append(producer: 7, sequence: 1).BaseOffset, Append(producer: 7, sequence: 2).Error));
        Assert.True(Append(producer: 7, sequence: 2).IsDuplicate);
    }

    [Fact]
    public void A_batch_of_a_new_producer_does_not_overtake_the_one_before_it_that_was_refused()
    {
        _disk.IsFull = path => path.EndsWith(".log", StringComparison.Ordinal);
        Assert.Equal(ErrorCode.KafkaStorageError, Append(producer: 7, sequence: 0).Error);
        _disk.IsFull = null;
        Assert.Equal(ErrorCode.KafkaStorageError, Append(producer: 7, sequence: 1).Error);
        Assert.Equal(ErrorCode.None, Append().Error); // Room again: now it is a gap like any other.
        Assert.Equal(ErrorCode.OutOfOrderSequenceNumber, Append(producer: 7, sequence: 1).Error);
        Assert.Equal([1L, 2L], new[] { Append(producer: 7, sequence: 0).BaseOffset, Append(producer: 7, sequence: 1).BaseOffset });
    }

    [Fact]
    public void A_producer_that_never_sends_a_refused_batch_again_is_told_of_the_gap()
    {
        Append(producer: 7, sequence: 0);
        _disk.IsFull = path => path.EndsWith(".log", StringComparison.Ordinal);
        Append(producer: 7, sequence: 1);
        Assert.Equal(ErrorCode.KafkaStorageError, Append(producer: 7, sequence: 2).Error);
        _log.Clock.NowMs += 10_000;
        Assert.Equal(ErrorCode.OutOfOrderSequenceNumber, Append(producer: 7, sequence: 2).Error);
    }

    [Fact]
    public void A_new_producer_that_gives_up_a_refused_batch_goes_on_in_its_next_epoch()
    {
        _disk.IsFull = path => path.EndsWith(".log", StringComparison.Ordinal);
        Assert.Equal(ErrorCode.KafkaStorageError, Append(producer: 7, sequence: 3).Error);
        _disk.IsFull = null;
        Assert.Equal(ErrorCode.None, _log.Append(new Batch { ProducerId = 7, Epoch = 1, Sequence = 0 }.Build()).Error);
    }

    [Fact]
    public void The_journal_says_once_that_it_has_room_again()
    {
        _disk.IsFull = path => path.EndsWith(".journal", StringComparison.Ordinal);
        Append();
        _log.Commit();
        Assert.Equal((1, 0), (_observer.Waits, _observer.GoneOn));
        _disk.IsFull = null;
        for (int i = 0; i < 2; i++)
        {
            _log.Commit();
            Append();
        }
        Assert.Equal((1, 1), (_observer.Waits, _observer.GoneOn));
    }

    [Fact]
    public async Task A_stop_does_not_wait_for_room_and_the_next_start_has_what_was_acknowledged()
    {
        Append();
        _log.Commit();
        _disk.IsFull = path => path.EndsWith(".journal", StringComparison.Ordinal);
        Append();
        var waiting = _log.Log.CommittedAsync(2).AsTask();
        _log.Commit();
        Assert.False(waiting.IsCompleted);
        _log.Directory.StopWaitingForRoom();
        _log.Commit();
        await Assert.ThrowsAsync<LogOfflineException>(() => waiting);
        await _log.Directory.DisposeAsync();
        _disk.IsFull = null;
        _disk.RestartAfterPowerCut();
        _log.Reopen();
        Assert.Equal(0, _log.ReadBaseOffsets()[0]);
    }

    [Fact]
    public void A_new_directory_can_ask_whether_there_is_room_for_its_journal()
    {
        _disk.IsFull = path => path.EndsWith(".journal", StringComparison.Ordinal);
        Assert.Throws<StorageExhaustedException>(_log.Directory.ReserveJournal);
        _disk.IsFull = null;
        _log.Directory.ReserveJournal();
    }

    [Fact]
    public void A_deletion_that_cannot_be_written_says_so()
    {
        Append();
        _log.Commit();
        _log.Log.DeleteRecordsBefore(1);
        var written = _log.Log.StartWrittenAsync();
        _disk.IsFull = path => path.Contains("checkpoint", StringComparison.Ordinal);
        _log.Directory.RunRecycleRound();
        Assert.True(written is { IsCompleted: true, Result: false });
    }

    private AppendResult Append() => _log.Append(new Batch().Build());

    private AppendResult Append(long producer, int sequence) =>
        _log.Append(new Batch { ProducerId = producer, Epoch = 0, Sequence = sequence }.Build());

    private sealed class CountingObserver : LogObserver
    {
        public int Refusals { get; private set; }

        public int Waits { get; private set; }

        public override void AppendRefused(PartitionName partition, Exception cause) => Refusals++;

        public int GoneOn { get; private set; }

        public override void CommitWaits(Exception cause) => Waits++;

        public override void CommitGoesOn() => GoneOn++;
    }
}
