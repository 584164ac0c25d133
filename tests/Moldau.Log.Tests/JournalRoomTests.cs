using Moldau.TestKit;

namespace Moldau.Log.Tests;

/// <summary>The journal's files where a disk has no room for another: those that are there are used, and none is lost or left over.</summary>
public class JournalRoomTests
{
    private const string JournalPath = "/data/journal";

    private readonly SimulatedDisk _disk = new(seed: 31);
    private readonly TestLog _log;

    public JournalRoomTests()
    {
        _disk.CreateDirectory("/data");
        _disk.FlushDirectory("/");
        _log = new TestLog(files: _disk, options: options => options with { JournalFileBytes = 4_096 + 300 }); // Two batches.
    }

    [Fact]
    public void A_file_that_becomes_free_is_written_to_where_there_is_no_room_for_another()
    {
        Append(2);
        Refuse("allocate");
        Append(1);
        Assert.Equal(2, _log.Log.HighWatermark);
        Assert.True(_log.Directory.RunRecycleRound());
        _log.Commit();
        Assert.Equal(3, _log.Log.HighWatermark);
        _disk.RestartAfterPowerCut();
        _log.Reopen();
        Assert.Equal(3, _log.Log.LogEndOffset);
    }

    [Theory]
    [InlineData("checkpoint")]
    [InlineData(".tmp")]
    public void Files_that_were_kept_while_there_was_no_room_for_checkpoints_are_given_back_later(string part)
    {
        _disk.IsFull = path => path.Contains(part, StringComparison.Ordinal);
        for (int i = 0; i < 20; i++)
        {
            Append(2);
            _log.Directory.RunRecycleRound();
        }
        Assert.InRange(FileCount, 15, 25);
        _disk.IsFull = null;
        for (int i = 0; i < 20; i++) _log.Directory.RunRecycleRound();
        Assert.InRange(FileCount, 1, 4);
        Assert.Equal(40, _log.Log.HighWatermark);
    }

    [Theory]
    [InlineData("allocate")]
    [InlineData("write")]
    [InlineData("cut")]
    [InlineData("open")]
    [InlineData("flush")]
    public void A_journal_that_waits_for_long_makes_no_file_each_time(string operation)
    {
        Append(2);
        Refuse(operation);
        for (int i = 0; i < 50; i++) Append(i == 0 ? 1 : 0);
        Assert.InRange(FileCount, 1, 2);
        Assert.Equal(2, _log.Log.HighWatermark);
        _disk.Lacks = null;
        _log.Commit();
        Assert.Equal(3, _log.Log.HighWatermark);
        _disk.RestartAfterPowerCut();
        _log.Reopen();
        Assert.Equal(3, _log.Log.LogEndOffset);
    }

    [Fact]
    public async Task A_reader_waits_for_a_flush_that_is_under_way_and_not_for_room()
    {
        Append(2);
        Refuse("allocate");
        _log.Append(new Batch().Build());
        var flushed = _log.Log.SettledAsync();
        Assert.False(flushed.IsCompleted);
        _log.Commit();
        Assert.True(flushed.IsCompleted);
        await flushed;
        Assert.Equal(2, _log.Log.HighWatermark);
        Assert.True(_log.Log.SettledAsync().IsCompleted);
        _disk.Lacks = null;
        _log.Commit();
        _log.Append(new Batch().Build());
        flushed = _log.Log.SettledAsync();
        Assert.False(flushed.IsCompleted);
        _log.Commit();
        Assert.True(flushed.IsCompleted);
        await flushed;
        Assert.Equal(4, _log.Log.HighWatermark);
    }

    [Fact]
    public async Task A_commit_is_not_waited_for_without_room_once_nobody_wants_it()
    {
        Append(2);
        Refuse("allocate");
        _log.Append(new Batch().Build());
        using var abandoned = new CancellationTokenSource();
        var wanted = _log.Log.CommittedAsync(3);
        var unwanted = _log.Log.CommittedAsync(3, abandoned: abandoned.Token);
        _log.Commit();
        await abandoned.CancelAsync();
        Assert.False(unwanted.IsCompleted);
        _log.Commit();
        Assert.True(unwanted.IsCompleted);
        await unwanted;
        Assert.False(wanted.IsCompleted);
        _disk.Lacks = null;
        _log.Commit();
        await wanted;
        Assert.Equal(3, _log.Log.HighWatermark);
    }

    [Fact]
    public void What_a_full_disk_gave_of_a_files_room_is_given_back()
    {
        Append(2);
        _disk.IsFull = path => path.EndsWith("0002.journal", StringComparison.Ordinal);
        for (int i = 0; i < 20; i++) Append(i == 0 ? 1 : 0);
        Assert.InRange(LengthOf("0000000002.journal"), 0, 4_096);
    }

    private int FileCount => _disk.FileNames(JournalPath).Count;

    private int LengthOf(string name)
    {
        using var file = _disk.Open(Path.Combine(JournalPath, name), Files.FileCreation.Existing);
        return (int)file.Length;
    }

    /// <summary>What the present file holds is not touched, so that only the next one fails.</summary>
    private void Refuse(string operation)
    {
        var present = _disk.FileNames(JournalPath).Select(name => Path.Combine(JournalPath, name)).ToHashSet();
        _disk.Lacks = (refused, path) => refused == operation && path.StartsWith(JournalPath, StringComparison.Ordinal) && !present.Contains(path);
    }

    private void Append(int batches)
    {
        for (int i = 0; i < batches; i++) _log.Append(new Batch().Build());
        _log.Commit();
    }
}
