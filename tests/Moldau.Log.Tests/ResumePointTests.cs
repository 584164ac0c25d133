using Moldau.Log.Files;
using Moldau.Log.Segments;
using Moldau.Protocol.Records;
using Moldau.TestKit;

namespace Moldau.Log.Tests;

/// <summary>After a crash the start reads a log from its last resume point on, and knows all that a reading of the whole would tell.</summary>
public class ResumePointTests
{
    private const int BatchBytes = 81;

    private readonly SimulatedDisk _disk = new(seed: 12);
    private readonly DamageObserver _observer = new();
    private readonly TestLog _log;

    public ResumePointTests()
    {
        _disk.CreateDirectory("/data");
        _disk.FlushDirectory("/");
        var settings = new LogSettings { IndexIntervalBytes = 2 * BatchBytes };
        _log = new TestLog(settings, _disk, options => options with { ResumePointBytes = 10 * BatchBytes, Observer = _observer });
    }

    private string LogPath => SegmentFiles.PathOf(_log.PartitionPath, 0, SegmentFiles.Log);

    [Fact]
    public void What_lies_before_the_last_resume_point_is_not_read_at_the_start()
    {
        Append(30);
        MakeResumePoint();
        Append(5);
        _disk.RestartAfterPowerCut();
        FlipLengthOfFirstBatch();
        _log.Reopen();
        Assert.Empty(_observer.Damages);
        Assert.Equal(35, _log.Log.LogEndOffset);
        Assert.Equal([.. Enumerable.Range(20, 15)], _log.ReadBaseOffsets(from: 20).Select(offset => (int)offset));
    }

    [Fact]
    public void Without_a_resume_point_it_is()
    {
        Append(9);
        _log.Log.FlushInBackground();
        MakeResumePoint();
        _disk.RestartAfterPowerCut();
        FlipLengthOfFirstBatch();
        _log.Reopen();
        Assert.NotEmpty(_observer.Damages);
    }

    [Fact]
    public void Another_crash_right_after_it_begins_at_the_same_point_again()
    {
        Append(30);
        MakeResumePoint();
        for (int crash = 0; crash < 3; crash++)
        {
            Append(3);
            _disk.RestartAfterPowerCut();
            if (crash == 2) FlipLengthOfFirstBatch();
            _log.Reopen();
        }
        Assert.Empty(_observer.Damages);
        Assert.Equal(39, _log.Log.LogEndOffset);
    }

    [Fact]
    public async Task A_clean_stop_leaves_one_too()
    {
        Append(30);
        await _log.RestartAsync();
        Append(3);
        _disk.RestartAfterKill();
        FlipLengthOfFirstBatch();
        _log.Reopen();
        Assert.Empty(_observer.Damages);
        Assert.Equal(33, _log.Log.LogEndOffset);
    }

    [Fact]
    public void Every_offset_and_every_time_is_found_again()
    {
        for (int i = 0; i < 40; i++)
        {
            _log.Append(new Batch { Key = i, TimestampMs = i == 3 ? 500 : i }.Build());
            if (i == 25) MakeResumePoint();
        }
        _disk.RestartAfterKill();
        _log.Reopen();
        for (long offset = 0; offset < 40; offset++) Assert.Equal(offset, _log.ReadBaseOffsets(from: offset)[0]);
        Assert.Equal(3, _log.Log.OffsetForMaxTimestamp(ReadBound.LogEnd)?.Offset);
        Assert.Equal(0, _log.Log.OffsetForTimestamp(0, ReadBound.LogEnd)?.Offset);
        Assert.Equal(3, _log.Log.OffsetForTimestamp(30, ReadBound.LogEnd)?.Offset);
        Assert.Equal(0, _log.Log.Segments.Active.FirstTimestampMs);
    }

    [Theory]
    [InlineData(25)]
    [InlineData(30)]
    public void The_last_five_batches_of_a_producer_are_recognised_again(int resumeAt)
    {
        for (int i = 0; i < 30; i++)
        {
            _log.Append(Produced(i));
            if (i + 1 is 12 || i + 1 == resumeAt) MakeResumePoint();
        }
        _log.Commit();
        _disk.RestartAfterPowerCut();
        _log.Reopen();
        for (int i = 25; i < 30; i++) Assert.Equal((true, (long)i), Repeat(i));
        Assert.Equal(30, _log.Append(Produced(30)).BaseOffset);

        (bool, long) Repeat(int sequence)
        {
            var result = _log.Append(Produced(sequence));
            return (result.IsDuplicate, result.BaseOffset);
        }
    }

    [Fact]
    public void Aborted_transactions_on_both_sides_of_it_are_known_once()
    {
        Abort(producerId: 7);
        Append(20);
        Open(producerId: 8);
        MakeResumePoint();
        End(producerId: 8);
        Abort(producerId: 9);
        _log.Commit();
        var before = _log.Log.AbortedTransactions(0, 100);
        _disk.RestartAfterPowerCut();
        _log.Reopen();
        Assert.Equal(before, _log.Log.AbortedTransactions(0, 100));
        Assert.Equal([7, 8, 9], before.Select(aborted => (int)aborted.ProducerId));
    }

    [Theory]
    [InlineData(SegmentFiles.OffsetIndex)]
    [InlineData(SegmentFiles.TimeIndex)]
    [InlineData(SegmentFiles.ProducerSnapshot)]
    public void Where_a_file_that_it_needs_is_emptied_the_segment_is_read_from_its_beginning(string suffix)
    {
        for (int i = 0; i < 30; i++) _log.Append(Produced(i));
        MakeResumePoint();
        _disk.RestartAfterKill();
        using (var file = _disk.Open(SegmentFiles.PathOf(_log.PartitionPath, suffix == SegmentFiles.ProducerSnapshot ? 30 : 0, suffix), FileCreation.Existing))
        {
            file.SetLength(0);
        }
        _log.Reopen();
        Assert.Equal(30, _log.Log.LogEndOffset);
        Assert.Equal(1_000, _log.Log.Segments.Active.Newest.TimestampMs);
        Assert.True(_log.Append(Produced(29)).IsDuplicate);
    }

    [Theory]
    [InlineData(".index")]
    [InlineData(".snapshot.tmp")]
    public void Where_there_is_no_room_for_one_the_log_goes_on_and_makes_the_next(string suffix)
    {
        Append(20);
        _disk.IsFull = path => path.EndsWith(suffix, StringComparison.Ordinal);
        MakeResumePoint();
        Assert.True(_log.Log.IsResumePointDue);
        Assert.Equal(20, _log.Log.RecoveryPoint);
        _disk.IsFull = null;
        Append(1);
        MakeResumePoint();
        Assert.False(_log.Log.IsResumePointDue);
        _disk.RestartAfterPowerCut();
        _log.Reopen();
        Assert.Equal(21, _log.Log.LogEndOffset);
    }

    [Fact]
    public void Two_are_kept_beside_those_where_segments_begin()
    {
        for (int i = 0; i < 5; i++)
        {
            Append(10);
            MakeResumePoint();
        }
        Assert.Equal([40, 50], SnapshotOffsets());
    }

    [Fact]
    public void One_before_the_batches_that_retention_left_is_not_begun_at()
    {
        for (int i = 0; i < 30; i++)
        {
            _log.Append(Produced(i));
            if (i == 12) MakeResumePoint();
        }
        _log.Commit();
        _log.Log.Settings = _log.Settings with { CleanupPolicy = CleanupPolicies.Delete, RetentionMs = 1 };
        _log.Clock.NowMs += 10_000;
        _log.Directory.Upkeep.DeleteOldSegments();
        _disk.RestartAfterKill();
        _log.Reopen();
        Assert.Equal((30, 30), (_log.Log.LogStartOffset, _log.Log.LogEndOffset));
        Assert.True(_log.Append(Produced(29)).IsDuplicate);
    }

    private void Append(int batches)
    {
        for (int i = 0; i < batches; i++) _log.Append(new Batch().Build());
        _log.Commit();
    }

    private static byte[] Produced(int sequence) => new Batch { ProducerId = 5, Epoch = 0, Sequence = sequence }.Build();

    private void Open(long producerId) =>
        _log.Append(new Batch { ProducerId = producerId, Epoch = 0, Sequence = 0, Attributes = BatchAttributes.Transactional }.Build());

    private void End(long producerId) =>
        _log.Append(new Batch { ProducerId = producerId, Epoch = 0 }.BuildMarker(type: 0), origin: AppendOrigin.Coordinator);

    private void Abort(long producerId)
    {
        Open(producerId);
        End(producerId);
    }

    private void MakeResumePoint()
    {
        _log.Commit();
        _log.Directory.Upkeep.FlushForRestart();
    }

    private void FlipLengthOfFirstBatch() => _disk.FlipBit(LogPath, 9);

    private IEnumerable<long> SnapshotOffsets() => _disk.FileNames(_log.PartitionPath)
        .Select(name => SegmentFiles.OffsetOf(name, SegmentFiles.ProducerSnapshot)).OfType<long>().Order();

    private sealed class DamageObserver : LogObserver
    {
        public List<long> Damages { get; } = [];

        public override void DamagedBatch(PartitionName partition, string path, long position) => Damages.Add(position);
    }
}
