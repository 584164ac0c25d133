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

    private sealed class CountingObserver : LogObserver
    {
        public int Refusals { get; private set; }

        public int Waits { get; private set; }

        public override void AppendRefused(PartitionName partition, Exception cause) => Refusals++;

        public override void CommitWaits(Exception cause) => Waits++;
    }
}
