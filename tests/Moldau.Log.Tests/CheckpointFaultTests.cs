using System.Text;

using Moldau.Log.Files;
using Moldau.TestKit;

namespace Moldau.Log.Tests;

/// <summary>Offset checkpoints that were not written as they should be, or are gone.</summary>
public class CheckpointFaultTests
{
    private const string RecoveryPoints = "/data/log/recovery-point-offset-checkpoint";

    private readonly SimulatedDisk _disk = new(seed: 61);
    private readonly TestLog _log;

    public CheckpointFaultTests()
    {
        _disk.CreateDirectory("/data");
        _disk.FlushDirectory("/");
        _log = new TestLog(new LogSettings { SegmentBytes = 81 }, _disk);
        for (int i = 0; i < 4; i++) _log.Append(new Batch().Build());
        _log.Commit();
        _log.Log.Flush();
        _log.Directory.WriteCheckpoints();
    }

    [Fact]
    public void A_checkpoint_that_failed_after_it_had_its_name_is_written_again_also_where_it_says_what_it_said_before()
    {
        var other = _log.Directory.Create(new PartitionName("other", 0), Guid.NewGuid(), LogSettings.Default);
        _disk.Fails = (operation, path) => operation == "flush" && path == "/data/log";
        Assert.Throws<IOException>(_log.Directory.WriteCheckpoints);
        _disk.Fails = null;
        _log.Directory.Delete(other.Name);
        _log.Directory.WriteCheckpoints();
        Assert.Equal("0\n1\norders 0 4\n", Encoding.UTF8.GetString(_disk.ReadAll(RecoveryPoints)));
    }

    [Theory]
    [InlineData("")]
    [InlineData("0")]
    [InlineData("0\n")]
    public async Task Checkpoints_that_end_before_their_second_line_say_nothing(string text)
    {
        await _log.DisposeAsync();
        string[] checkpoints = [RecoveryPoints, "/data/log/log-start-offset-checkpoint", "/data/log/cleaner-offset-checkpoint", "/data/log/orders-0/leader-epoch-checkpoint"];
        foreach (string path in checkpoints) _disk.WriteAtomically(path, Encoding.UTF8.GetBytes(text));
        _log.Reopen();
        Assert.Equal([0, 1, 2, 3], _log.ReadBaseOffsets());
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("0\n")]
    public void Without_the_recovery_points_that_its_journal_goes_by_a_directory_is_not_opened_and_nothing_of_it_is_deleted(string? left)
    {
        _log.Log.DeleteRecordsBefore(2);
        _log.Directory.Upkeep.DeleteOldSegments();
        _log.Directory.WriteCheckpoints();
        _disk.RestartAfterKill();
        byte[] checkpoint = _disk.ReadAll(RecoveryPoints);
        if (left is null) _disk.DeleteFile(RecoveryPoints);
        else _disk.WriteAtomically(RecoveryPoints, Encoding.UTF8.GetBytes(left));
        Assert.IsType<Checkpoints.CheckpointFormatException>(Record.Exception(_log.Reopen));
        _disk.WriteAtomically(RecoveryPoints, checkpoint);
        _log.Reopen();
        Assert.Equal((2L, 4L), (_log.Log.LogStartOffset, _log.Log.LogEndOffset));
        Assert.Equal([2, 3], _log.ReadBaseOffsets(2));
    }
}
