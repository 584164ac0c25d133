using Moldau.Log.Files;
using Moldau.Log.Segments;
using Moldau.TestKit;

namespace Moldau.Log.Tests;

/// <summary>A segment that could not be begun leaves no file from which the next start would give offsets out twice.</summary>
public class UnfinishedSegmentTests
{
    private readonly SimulatedDisk _disk = new(seed: 51);
    private readonly TestLog _log;

    public UnfinishedSegmentTests()
    {
        _disk.CreateDirectory("/data");
        _disk.FlushDirectory("/");
        _log = new TestLog(files: _disk);
        for (int i = 0; i < 3; i++) _log.Append(new Batch { TimestampMs = 100 }.Build());
        _log.Commit();
    }

    private string NextPath => SegmentFiles.PathOf(_log.PartitionPath, 3, SegmentFiles.Log);

    [Fact]
    public async Task A_segment_that_retention_could_not_begin_leaves_no_file()
    {
        _log.Clock.NowMs = 100_000;
        _log.Log.Settings = new LogSettings { CleanupPolicy = CleanupPolicies.Delete, RetentionMs = 1 };
        _disk.Lacks = (operation, path) => operation == "cut" && path == NextPath;
        _log.Directory.Upkeep.DeleteOldSegments();
        _disk.Lacks = null;
        Assert.False(_disk.FileExists(NextPath));
        _log.Log.Settings = LogSettings.Default;
        Assert.Equal(3, _log.Append(new Batch().Build()).BaseOffset);
        await _log.RestartAsync();
        Assert.Equal(4, _log.Log.LogEndOffset);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task An_empty_segment_that_begins_within_the_one_before_it_counts_for_nothing(bool isCleanStop)
    {
        _log.Append(new Batch().Build());
        _log.Commit();
        _log.Log.Flush();
        _log.Directory.WriteCheckpoints();
        if (isCleanStop) await _log.Directory.DisposeAsync();
        _disk.RestartAfterKill();
        using (var file = _disk.Open(NextPath, FileCreation.IfMissing)) file.SetLength(0);
        _log.Reopen();
        Assert.Equal([0, 1, 2, 3], _log.ReadBaseOffsets());
        Assert.Equal(4, _log.Append(new Batch().Build()).BaseOffset);
        Assert.False(_disk.FileExists(NextPath));
    }
}
