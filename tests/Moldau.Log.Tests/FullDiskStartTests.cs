using Moldau.Log.Files;
using Moldau.TestKit;

namespace Moldau.Log.Tests;

/// <summary>A start without room is refused and says so; with room the next one finds all that was acknowledged.</summary>
public class FullDiskStartTests
{
    private static readonly PartitionName State = new("__consumer_offsets", 0);

    private readonly SimulatedDisk _disk = new(seed: 21);
    private readonly TestLog _log;
    private BackgroundThreads _threads = BackgroundThreads.None;

    public FullDiskStartTests()
    {
        _disk.CreateDirectory("/data");
        _disk.FlushDirectory("/");
        _log = new TestLog(files: _disk, options: options => options with { Threads = _threads });
        var state = _log.Directory.Create(State, Guid.NewGuid(), LogSettings.Default);
        state.Append(new Batch().Build(), new AppendContext { LeaderEpoch = 0 });
        _log.Commit();
        _disk.RestartAfterKill();
    }

    [Fact]
    public void A_start_that_cannot_note_how_far_the_logs_are_flushed_keeps_what_only_the_journal_confirms()
    {
        _disk.IsFull = path => path.Contains("leader-epoch-checkpoint", StringComparison.Ordinal);
        Assert.IsType<StorageExhaustedException>(Record.Exception(_log.Reopen));
        _disk.IsFull = null;
        _disk.RestartAfterKill();
        _log.Reopen();
        Assert.Equal(1, _log.Directory.Get(State)!.LogEndOffset);
    }

    [Fact]
    public async Task A_start_without_room_says_that_there_is_none_also_where_several_threads_recover()
    {
        _threads = BackgroundThreads.Own;
        _disk.IsFull = path => path.Contains("leader-epoch-checkpoint", StringComparison.Ordinal);
        Assert.IsType<StorageExhaustedException>(Record.Exception(_log.Reopen));
        _disk.IsFull = null;
        _log.Reopen();
        Assert.Equal(1, _log.Directory.Get(State)!.LogEndOffset);
        await _log.DisposeAsync();
    }

    [Fact]
    public void A_start_that_has_no_room_for_anything_changes_nothing()
    {
        _disk.IsFull = _ => true;
        Assert.IsType<StorageExhaustedException>(Record.Exception(_log.Reopen));
        _disk.IsFull = null;
        _log.Reopen();
        Assert.Equal(1, _log.Directory.Get(State)!.LogEndOffset);
    }
}
