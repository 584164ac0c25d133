using Moldau.Log.Files;
using Moldau.Protocol;
using Moldau.TestKit;

namespace Moldau.Log.Tests;

/// <summary>
/// A file system that takes no writes refuses and changes nothing, and is told as what it is; what was refused succeeds when it takes
/// writes again. A flush that it refuses is a flush that failed.
/// </summary>
public class ReadOnlyDiskTests
{
    private readonly SimulatedDisk _disk = new(seed: 29);
    private readonly LackObserver _observer = new();
    private readonly TestLog _log;

    public ReadOnlyDiskTests()
    {
        _disk.CreateDirectory("/data");
        _disk.FlushDirectory("/");
        _log = new TestLog(files: _disk, options: options => options with { Observer = _observer, DirectBytesMin = 1_000, JournalFileBytes = 16_384 });
        Append();
        _log.Commit();
    }

    [Fact]
    public void An_append_is_refused_and_taken_when_it_can_be_written_again()
    {
        _disk.IsReadOnly = true;
        Assert.Equal(ErrorCode.KafkaStorageError, Append().Error);
        Assert.Null(_log.Log.Failure);
        Assert.Equal(StorageLack.WriteAccess, Assert.Single(_observer.Lacks));
        Assert.Equal([0], _log.ReadBaseOffsets(bound: ReadBound.HighWatermark));
        _disk.IsReadOnly = false;
        Assert.Equal(1, Append().BaseOffset);
        _log.Commit();
        Assert.Equal(2, _log.Log.HighWatermark);
    }

    [Fact]
    public void What_was_appended_before_is_committed_when_the_journal_can_be_written_again_and_not_sooner()
    {
        Append();
        _disk.IsReadOnly = true;
        _log.Commit();
        Assert.Equal((1L, null), (_log.Log.HighWatermark, _log.Log.Failure));
        Assert.Equal(StorageLack.WriteAccess, Assert.Single(_observer.Lacks));
        _disk.IsReadOnly = false;
        _log.Commit();
        Assert.Equal(2, _log.Log.HighWatermark);
        _disk.RestartAfterPowerCut();
        _log.Reopen();
        Assert.Equal([0, 1], _log.ReadBaseOffsets());
    }

    [Fact]
    public void A_segment_that_it_does_not_flush_takes_its_partition_offline_and_the_next_start_has_what_was_acknowledged()
    {
        _log.Append(new Batch { PayloadBytes = 5_000 }.Build());
        _disk.IsReadOnly = true;
        _log.Commit();
        Assert.Equal(1, _log.Log.HighWatermark);
        Assert.NotNull(_log.Log.Failure);
        _disk.IsReadOnly = false;
        _log.Commit();
        Assert.Equal(1, _log.Log.HighWatermark);
        _disk.RestartAfterPowerCut();
        _log.Reopen();
        Assert.Equal(0, _log.ReadBaseOffsets()[0]);
    }

    [Fact]
    public void A_flush_of_the_journal_that_it_refuses_is_final()
    {
        Append();
        _disk.Fails = (operation, path) => operation == "flush" && path.EndsWith(".journal", StringComparison.Ordinal) && (_disk.IsReadOnly = true);
        _log.Commit();
        (_disk.Fails, _disk.IsReadOnly) = (null, false);
        _log.Commit();
        Assert.Equal(1, _log.Log.HighWatermark);
        Assert.NotNull(_observer.Failure);
        Assert.Equal(ErrorCode.KafkaStorageError, Append().Error);
    }

    [Fact]
    public void A_start_says_so_and_changes_nothing()
    {
        _disk.RestartAfterKill();
        _disk.IsReadOnly = true;
        var refusal = Assert.IsType<StorageExhaustedException>(Record.Exception(_log.Reopen));
        Assert.Equal(StorageLack.WriteAccess, refusal.Lack);
        Assert.Contains("read-only", refusal.Message, StringComparison.Ordinal);
        _disk.IsReadOnly = false;
        _log.Reopen();
        Assert.Equal([0], _log.ReadBaseOffsets());
    }

    private AppendResult Append() => _log.Append(new Batch().Build());

    private sealed class LackObserver : LogObserver
    {
        public List<StorageLack> Lacks { get; } = [];

        public Exception? Failure { get; private set; }

        public override void AppendRefused(PartitionName partition, Exception cause) => Add(cause);

        public override void CommitWaits(Exception cause) => Add(cause);

        public override void CommitFailed(Exception cause) => Failure = cause;

        private void Add(Exception cause) => Lacks.Add(Assert.IsType<StorageExhaustedException>(cause).Lack);
    }
}
