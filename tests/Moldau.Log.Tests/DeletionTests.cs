using Moldau.Log.Checkpoints;
using Moldau.TestKit;

namespace Moldau.Log.Tests;

/// <summary>Deletions that a disk does not let come to their end.</summary>
public class DeletionTests
{
    private static readonly PartitionName Second = new("orders", 1);

    private readonly SimulatedDisk _disk = new(seed: 7);
    private readonly TestLog _log;

    public DeletionTests()
    {
        _disk.CreateDirectory("/data");
        _log = new TestLog(files: _disk);
        _log.Directory.Create(Second, TestLog.TopicId, LogSettings.Default);
        _log.Append(new Batch().Build());
        _log.Commit();
        _disk.Fails = (operation, path) => operation == "rename" && path == _log.PartitionPath;
    }

    [Fact]
    public void A_directory_that_cannot_be_renamed_does_not_keep_the_others()
    {
        Assert.Throws<IOException>(() => _log.Directory.Delete(TestLog.Partition, Second));
        Assert.Empty(_log.Directory.Partitions);
        Assert.DoesNotContain("orders-1", _disk.DirectoryNames("/data/log"));
    }

    [Fact]
    public void A_partition_of_which_a_full_disk_let_only_the_directory_be_made_goes_too()
    {
        var half = new PartitionName("half", 0);
        _disk.CreateDirectory("/data/log/half-0");
        PartitionMetadata.Write(_disk, "/data/log/half-0/partition.metadata", TestLog.TopicId);
        _log.Directory.Delete(half);
        Assert.DoesNotContain("half-0", _disk.DirectoryNames("/data/log"));
    }

    [Fact]
    public void A_new_topic_of_the_same_name_does_not_get_the_records_that_a_deletion_left_behind()
    {
        Assert.Throws<IOException>(() => _log.Directory.Delete(TestLog.Partition));
        _disk.Fails = null;
        var made = _log.Directory.Create(TestLog.Partition, Guid.NewGuid(), LogSettings.Default);
        Assert.Equal((0L, 0L), (made.LogStartOffset, made.LogEndOffset));
        Assert.Contains(_disk.DirectoryNames("/data/log"), name => name.StartsWith("orders-0.", StringComparison.Ordinal) && name.EndsWith("-stray", StringComparison.Ordinal));
    }

    [Fact]
    public void While_what_was_left_behind_cannot_be_set_aside_no_new_log_is_made()
    {
        Assert.Throws<IOException>(() => _log.Directory.Delete(TestLog.Partition));
        Assert.Throws<IOException>(() => _log.Directory.Create(TestLog.Partition, Guid.NewGuid(), LogSettings.Default));
        Assert.Null(_log.Directory.Get(TestLog.Partition));
    }

    [Fact]
    public void A_topic_with_the_longest_name_can_be_deleted()
    {
        var log = new TestLog();
        var name = new PartitionName(new string('t', 249), 12_345);
        log.Directory.Create(name, Guid.NewGuid(), LogSettings.Default);
        log.Directory.Delete(name);
        Assert.All(log.Files.DirectoryNames("/data/log"), directory => Assert.InRange(directory.Length, 1, 255));
        Assert.Null(log.Directory.Get(name));
    }
}
