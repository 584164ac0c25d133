using CsCheck;

using Moldau.Log.Files;
using Moldau.Protocol.Records;
using Moldau.TestKit;

namespace Moldau.Log.Tests;

public class RecoveryTests
{
    private readonly SimulatedDisk _disk = NewDisk();

    private static SimulatedDisk NewDisk()
    {
        var disk = new SimulatedDisk(seed: 1);
        disk.CreateDirectory("/data");
        disk.FlushDirectory("/");
        return disk;
    }

    [Fact]
    public void After_a_kill_all_that_was_written_is_there_and_committed()
    {
        var log = new TestLog(files: _disk);
        for (int i = 0; i < 10; i++) log.Append(new Batch().Build());
        _disk.RestartAfterKill();
        log.Reopen();
        Assert.False(log.Directory.WasCleanlyStopped);
        Assert.Equal((10L, 10L), (log.Log.LogEndOffset, log.Log.HighWatermark));
    }

    [Fact]
    public void A_batch_with_a_wrong_checksum_and_all_behind_it_are_cut_off()
    {
        var log = new TestLog(files: _disk);
        for (int i = 0; i < 5; i++) log.Append(new Batch().Build());
        log.Log.Flush();
        _disk.RestartAfterKill();
        _disk.FlipBit(Path.Combine(log.PartitionPath, "00000000000000000000.log"), 3 * 81 + 70);
        log.Reopen();
        Assert.Equal([0, 1, 2], log.ReadBaseOffsets());
        Assert.Equal(3, log.Append(new Batch().Build()).BaseOffset);
    }

    [Fact]
    public void Indexes_are_built_anew_after_a_crash()
    {
        var log = new TestLog(new LogSettings { IndexIntervalBytes = 100 }, _disk);
        for (int i = 0; i < 50; i++) log.Append(new Batch { TimestampMs = i }.Build());
        var before = Entries(log);
        _disk.RestartAfterKill();
        log.Reopen();
        Assert.Equal(before, Entries(log));
        Assert.Equal(49, log.Log.Segments.Active.Newest.TimestampMs);
    }

    [Fact]
    public void An_index_sealed_after_the_last_flush_is_not_believed()
    {
        var log = new TestLog(new LogSettings { SegmentBytes = 250, IndexIntervalBytes = 50 }, _disk);
        for (int i = 0; i < 3; i++) log.Append(new Batch().Build());
        log.Commit();
        log.Directory.WriteCheckpoints();
        log.Append(new Batch().Build());
        _disk.RestartAfterKill();
        using (var index = _disk.Open(Path.Combine(log.PartitionPath, "00000000000000000000.index"), Files.FileCreation.Existing)) index.Write(0, new byte[8]);
        log.Reopen();
        for (long offset = 0; offset < 4; offset++) Assert.Equal(offset, log.ReadBaseOffsets(from: offset)[0]);
    }

    [Fact]
    public async Task Leader_epochs_that_do_not_rise_give_way_to_those_that_come_after_them()
    {
        var log = new TestLog(files: _disk);
        for (int i = 0; i < 4; i++) log.Append(new Batch().Build(), leaderEpoch: 0);
        await log.DisposeAsync();
        _disk.WriteAtomically(Path.Combine(log.PartitionPath, "leader-epoch-checkpoint"), "0\n3\n0 0\n2 3\n1 2\n"u8);
        log.Reopen();
        Assert.Equal((0, 2L), log.Log.EndOffsetForLeaderEpoch(0));
        Assert.Equal((1, 4L), log.Log.EndOffsetForLeaderEpoch(1));
    }

    [Fact]
    public async Task Leader_epochs_that_ended_before_the_log_start_are_not_known_after_a_restart_either()
    {
        var log = new TestLog(files: _disk);
        for (int epoch = 0; epoch < 3; epoch++) log.Append(new Batch().Build(), leaderEpoch: epoch);
        await log.DisposeAsync();
        _disk.WriteAtomically("/data/log/log-start-offset-checkpoint", "0\n1\norders 0 2\n"u8);
        log.Reopen();
        Assert.Equal((0, 2L), log.Log.EndOffsetForLeaderEpoch(0));
    }

    [Fact]
    public void The_leader_epochs_of_batches_are_known_again_after_a_crash()
    {
        var log = new TestLog(files: _disk);
        log.Append(new Batch().Build(), leaderEpoch: 0);
        log.Append(new Batch().Build(), leaderEpoch: 3);
        _disk.RestartAfterKill();
        log.Reopen();
        Assert.Equal((0, 1L), log.Log.EndOffsetForLeaderEpoch(2));
        Assert.Equal((3, 2L), log.Log.EndOffsetForLeaderEpoch(3));
        Assert.Equal((-1, -1L), log.Log.EndOffsetForLeaderEpoch(4));
    }

    [Fact]
    public void Aborted_transactions_are_known_again_after_a_crash()
    {
        var log = new TestLog(files: _disk);
        log.Append(new Batch { ProducerId = 9, Epoch = 0, Sequence = 0, Attributes = BatchAttributes.Transactional }.Build());
        log.Append(new Batch { ProducerId = 9, Epoch = 0 }.BuildMarker(type: 0), origin: AppendOrigin.Coordinator);
        var before = log.Log.AbortedTransactions(0, 2);
        _disk.RestartAfterKill();
        log.Reopen();
        Assert.Equal(before, log.Log.AbortedTransactions(0, 2));
        Assert.Single(before);
    }

    [Fact]
    public void A_moved_log_start_survives_once_the_checkpoints_are_written()
    {
        var log = new TestLog(files: _disk);
        for (int i = 0; i < 5; i++) log.Append(new Batch().Build());
        log.Commit();
        log.Log.DeleteRecordsBefore(3);
        log.Directory.WriteCheckpoints();
        _disk.RestartAfterKill();
        log.Reopen();
        Assert.Equal(3, log.Log.LogStartOffset);
        Assert.Equal([3, 4], log.ReadBaseOffsets(from: 3));
    }

    [Fact]
    public void Any_bytes_in_the_place_of_a_segment_leave_a_log_that_works() =>
        Gen.Byte.Array[0, 500].Search("segments of any bytes", usually: 200, bytes => Assert.True(EndAfterOpeningWith(bytes) >= 0));

    [Fact]
    public void Any_bytes_behind_whole_batches_are_cut_off() =>
        Gen.Byte.Array[1, 200].Search(
            "torn ends of any bytes",
            usually: 200,
            bytes =>
            {
                byte[] whole = new Batch { Records = 4 }.Build();
                BatchHeader.StampPlace(whole, 0, 0);
                Assert.Equal(4, EndAfterOpeningWith([.. whole, .. bytes]));
            });

    [Fact]
    public void Any_bytes_in_the_place_of_a_journal_leave_the_log_as_it_is() =>
        Gen.Byte.Array[0, 6_000].Search(
            "journals of any bytes",
            usually: 100,
            bytes =>
            {
                var disk = NewDisk();
                var log = new TestLog(files: disk);
                log.Append(new Batch().Build());
                disk.RestartAfterKill();
                disk.CreateDirectory("/data/journal");
                disk.Open("/data/journal/0000000001.journal", Files.FileCreation.IfMissing).Write(0, bytes);
                log.Reopen();
                Assert.Equal(1, log.Log.LogEndOffset);
            });

    /// <summary>The log end that recovery finds where the segment holds these bytes; an append goes on there.</summary>
    private static long EndAfterOpeningWith(byte[] segment)
    {
        var disk = NewDisk();
        var log = new TestLog(files: disk);
        disk.RestartAfterKill();
        disk.Open(Path.Combine(log.PartitionPath, "00000000000000000000.log"), Files.FileCreation.IfMissing).Write(0, segment);
        log.Reopen();
        long end = log.Log.LogEndOffset;
        Assert.Equal(end, log.Append(new Batch().Build()).BaseOffset);
        return end;
    }

    private static List<Segments.OffsetPosition> Entries(TestLog log)
    {
        var entries = log.Log.Segments.Active.Offsets.Entries;
        return Enumerable.Range(0, entries.Count).Select(index => entries[index]).ToList();
    }
}
