using Moldau.Log.Files;
using Moldau.Protocol;
using Moldau.TestKit;

namespace Moldau.Log.Tests;

/// <summary>Bytes that were written well and are not what they were any more: told, not served, and nothing else is lost for them.</summary>
public class DamageTests
{
    private const int BatchBytes = 81;
    private const string FirstSegment = "00000000000000000000.log";

    private readonly SimulatedDisk _disk = new(seed: 11);
    private readonly DamageObserver _observer = new();
    private readonly TestLog _log;

    public DamageTests()
    {
        _disk.CreateDirectory("/data");
        _disk.FlushDirectory("/");
        _log = new TestLog(files: _disk, options: options => options with { Observer = _observer });
    }

    [Fact]
    public void Batches_before_a_damaged_one_are_read_and_it_is_not()
    {
        Append(4);
        _log.Log.Flush();
        FlipBitOf(offset: 2);
        using var first = _log.Log.Read(0, 1_000, ReadBound.LogEnd);
        Assert.Equal((ErrorCode.None, 2 * BatchBytes), (first.Error, first.Records.Length));
        using var damaged = _log.Log.Read(2, 1_000, ReadBound.LogEnd);
        Assert.Equal((ErrorCode.CorruptMessage, 0), (damaged.Error, damaged.Records.Length));
        using var behind = _log.Log.Read(3, 1_000, ReadBound.LogEnd);
        Assert.Equal((ErrorCode.None, BatchBytes), (behind.Error, behind.Records.Length));
        Assert.Equal($"{Path.Combine(_log.PartitionPath, FirstSegment)} at {2 * BatchBytes}", _observer.Damages[0]);
    }

    [Fact]
    public void A_damaged_header_that_claims_more_offsets_hides_no_batch_behind_it()
    {
        Append(6);
        _log.Log.Flush();
        _disk.FlipBit(Path.Combine(_log.PartitionPath, FirstSegment), (2 * BatchBytes) + 25); // Its last offset delta is 256 now.
        using var damaged = _log.Log.Read(2, 1_000, ReadBound.LogEnd);
        Assert.Equal((ErrorCode.CorruptMessage, 0), (damaged.Error, damaged.Records.Length));
        for (int offset = 3; offset < 6; offset++)
        {
            using var behind = _log.Log.Read(offset, 1_000, ReadBound.LogEnd);
            Assert.Equal((ErrorCode.None, (6 - offset) * BatchBytes), (behind.Error, behind.Records.Length));
        }
    }

    [Fact]
    public void A_batch_whose_offset_is_damaged_is_told_and_not_passed_over()
    {
        Append(4);
        _log.Log.Flush();
        _disk.FlipBit(Path.Combine(_log.PartitionPath, FirstSegment), (2 * BatchBytes) + 3);
        using var damaged = _log.Log.Read(2, 1_000, ReadBound.HighWatermark);
        Assert.Equal((ErrorCode.CorruptMessage, 0), (damaged.Error, damaged.Records.Length));
        using var before = _log.Log.Read(0, 1_000, ReadBound.HighWatermark);
        Assert.Equal((ErrorCode.None, 2 * BatchBytes), (before.Error, before.Records.Length));
    }

    [Fact]
    public async Task A_log_that_was_cut_while_the_broker_was_stopped_says_so()
    {
        Append(4);
        await _log.Directory.DisposeAsync();
        using (var file = _disk.Open(Path.Combine(_log.PartitionPath, FirstSegment), Files.FileCreation.Existing)) file.SetLength(2 * BatchBytes);
        _log.Reopen();
        Assert.Equal(["orders-0 ends at 2, not at 4"], _observer.Missing);
    }

    [Fact]
    public async Task A_segment_without_its_index_keeps_what_stands_behind_a_damaged_batch()
    {
        _log.Log.Settings = new LogSettings { SegmentBytes = 3 * BatchBytes };
        Append(9);
        await _log.Directory.DisposeAsync();
        _disk.DeleteFile(Path.Combine(_log.PartitionPath, "00000000000000000000.timeindex"));
        FlipBitOf(offset: 1);
        _log.Reopen();
        Assert.Equal(9, _log.Log.LogEndOffset);
        Assert.Equal([2, 3, 4, 5, 6, 7, 8], _log.ReadBaseOffsets(2));
    }

    [Fact]
    public void After_a_crash_a_damaged_batch_below_the_recovery_point_costs_no_other()
    {
        Append(5);
        _log.Log.Flush();
        _log.Directory.WriteCheckpoints();
        Append(2);
        _disk.RestartAfterKill();
        FlipBitOf(offset: 1);
        _log.Reopen();
        Assert.Equal(7, _log.Log.LogEndOffset);
        Assert.Equal([2, 3, 4, 5, 6], _log.ReadBaseOffsets(2));
    }

    [Fact]
    public void Where_a_length_is_damaged_below_the_recovery_point_the_journal_still_gives_back_what_came_later()
    {
        Append(5);
        _log.Log.Flush();
        _log.Directory.WriteCheckpoints();
        Append(2);
        _disk.RestartAfterKill();
        _disk.FlipBit(Path.Combine(_log.PartitionPath, FirstSegment), (2 * BatchBytes) + 8);
        _log.Reopen();
        Assert.Equal(7, _log.Log.LogEndOffset);
        Assert.Equal(7 * BatchBytes, _disk.ReadAll(Path.Combine(_log.PartitionPath, FirstSegment)).Length); // Who mends the length has the batches again.
        Assert.Equal([0, 1], _log.ReadBaseOffsets().Take(2));
        Assert.Equal([5, 6], _log.ReadBaseOffsets(5));
        Assert.Equal(7, _log.Append(new Batch().Build()).BaseOffset);
    }

    [Fact]
    public void Damage_that_hides_the_batches_behind_it_is_told_once_and_reads_know_of_it()
    {
        Append(4);
        _log.Log.Flush();
        _disk.FlipBit(Path.Combine(_log.PartitionPath, FirstSegment), (2 * BatchBytes) + 8); // Its length.
        for (int read = 0; read < 2; read++)
        {
            using var nothing = _log.Log.Read(2, 1_000, ReadBound.LogEnd);
            Assert.Equal((ErrorCode.CorruptMessage, 0), (nothing.Error, nothing.Records.Length)); // What is appended stands behind it, too.
        }
        _log.Log.Settings = new LogSettings { SegmentBytes = 1 };
        Append(1);
        using var behind = _log.Log.Read(3, 1_000, ReadBound.LogEnd);
        Assert.Equal((BatchBytes, true), (behind.Records.Length, behind.IsBehindDamage));
        using var before = _log.Log.Read(0, BatchBytes, ReadBound.LogEnd);
        Assert.Equal((BatchBytes, false), (before.Records.Length, before.IsBehindDamage));
        Assert.Equal([$"{Path.Combine(_log.PartitionPath, FirstSegment)} at {2 * BatchBytes}"], _observer.Damages);
    }

    [Fact]
    public void A_journal_that_a_log_does_not_take_is_set_aside_and_not_deleted()
    {
        Append(3);
        string segment = Path.Combine(_log.PartitionPath, FirstSegment);
        _disk.RestartAfterKill();
        byte[] other = new Batch { Fill = 9 }.Build();
        using (var file = _disk.Open(segment, Files.FileCreation.Existing)) file.Write(0, other);
        _log.Reopen();
        Assert.Contains("journal.aside-1", _disk.DirectoryNames("/data"));
    }

    private void Append(int batches)
    {
        for (int i = 0; i < batches; i++) _log.Append(new Batch().Build());
        _log.Commit();
    }

    private void FlipBitOf(int offset)
    {
        _disk.FlipBit(Path.Combine(_log.PartitionPath, FirstSegment), (offset * BatchBytes) + 70);
    }

    private sealed class DamageObserver : LogObserver
    {
        public List<string> Damages { get; } = [];

        public List<string> Missing { get; } = [];

        public override void RecordsMissing(PartitionName partition, long logEndOffset, long checkpoint) =>
            Missing.Add($"{partition} ends at {logEndOffset}, not at {checkpoint}");

        public override void DamagedBatch(PartitionName partition, string path, long position) => Damages.Add($"{path} at {position}");
    }
}
