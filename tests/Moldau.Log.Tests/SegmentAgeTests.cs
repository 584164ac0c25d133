using Moldau.Log.Files;

namespace Moldau.Log.Tests;

/// <summary>Segments without any timestamp: what they hold has none, or compaction has left nothing of it.</summary>
public sealed class SegmentAgeTests : IDisposable
{
    private static readonly DateTime LongAgo = new(2001, 2, 3, 4, 5, 6, DateTimeKind.Utc);
    private static readonly LogSettings OneBatchASegment = new() { SegmentBytes = 1, MinCleanableDirtyRatio = 0, RetentionMs = 24L * 60 * 60 * 1000 };

    private readonly string _root = Directory.CreateTempSubdirectory("moldau-age-").FullName;

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Fact]
    public async Task They_are_as_old_as_their_files_also_after_a_restart()
    {
        await StopAsync(timestampMs: -1);
        await using var directory = Open();
        var log = Log(directory, CleanupPolicies.Delete);
        directory.Upkeep.DeleteOldSegments();
        Assert.Equal(2, log.LogStartOffset);
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(2_000)]
    public async Task What_compaction_leaves_of_them_is_as_old_as_they_were(long timestampMs)
    {
        await StopAsync(timestampMs);
        await using var directory = Open();
        var log = Log(directory, CleanupPolicies.Compact);
        directory.Upkeep.CompactLogs(default);
        var first = log.Segments.First;
        Assert.Equal(0, first.Size);
        Assert.Equal(timestampMs < 0 ? new DateTimeOffset(LongAgo).ToUnixTimeMilliseconds() : timestampMs, first.LargestTimestampMs);
    }

    /// <summary>Three segments with a batch of one key each; the first two are old.</summary>
    private async Task StopAsync(long timestampMs)
    {
        var paths = new List<string>();
        await using (var directory = Open())
        {
            var log = Log(directory, CleanupPolicies.None);
            for (int i = 0; i < 3; i++)
            {
                log.Append(new Batch { Key = 1, TimestampMs = timestampMs }.Build(), new AppendContext { LeaderEpoch = 0 });
                paths.Add(log.Segments.Active.Log.Path);
            }
        }
        foreach (string path in paths[..2]) File.SetLastWriteTimeUtc(path, LongAgo);
    }

    private static PartitionLog Log(LogDirectory directory, CleanupPolicies policy)
    {
        var log = directory.Create(TestLog.Partition, TestLog.TopicId, OneBatchASegment);
        log.Settings = OneBatchASegment with { CleanupPolicy = policy };
        return log;
    }

    private LogDirectory Open() => LogDirectory.Open(new LogDirectoryOptions
    {
        Files = new DiskFileStore(),
        Path = _root + "/log",
        JournalPath = _root + "/journal",
        NewIdentity = new DirectoryIdentity { ClusterId = "test", NodeId = 1, DirectoryId = Guid.NewGuid() },
        Settings = OneBatchASegment,
        Threads = BackgroundThreads.None,
    });
}
