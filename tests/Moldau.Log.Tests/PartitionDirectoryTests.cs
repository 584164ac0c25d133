using System.Text;

using Moldau.Log.Checkpoints;
using Moldau.Log.Files;
using Moldau.TestKit;

namespace Moldau.Log.Tests;

/// <summary>Directories that somebody else has put there, and names that lead to the same one.</summary>
public sealed class PartitionDirectoryTests : IDisposable
{
    private const long TooLong = int.MaxValue + 1L;

    private readonly string _root = Directory.CreateTempSubdirectory("moldau-directories-").FullName;

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Fact]
    public async Task A_topic_whose_name_leads_to_the_directory_of_another_is_not_made()
    {
        var log = new TestLog(files: new CaseBlindFiles(new MemoryFileStore(1 << 24)));
        log.Append(new Batch().Build());
        var refusal = Assert.Throws<IOException>(() => log.Directory.Create(new PartitionName("Orders", 0), Guid.NewGuid(), LogSettings.Default));
        Assert.Contains("/data/log/Orders-0", refusal.Message, StringComparison.Ordinal);
        log.Append(new Batch().Build());
        await log.RestartAsync();
        Assert.Equal([0, 1], log.ReadBaseOffsets());
    }

    [Fact]
    public void After_a_crash_a_copy_of_a_directory_is_named_and_moved_away_all_is_there()
    {
        var disk = Cleaning.KeyedLog.NewDisk(seed: 1);
        var log = new TestLog(files: disk);
        log.Append(new Batch().Build());
        log.Commit();
        const string Copy = "/data/log/orders.bak-0";
        disk.CreateDirectory(Copy);
        foreach (string name in disk.FileNames(log.PartitionPath)) disk.WriteAtomically($"{Copy}/{name}", disk.ReadAll($"{log.PartitionPath}/{name}"));
        disk.RestartAfterKill();
        var refusal = Assert.Throws<IOException>(log.Reopen);
        Assert.Contains(log.PartitionPath, refusal.Message, StringComparison.Ordinal);
        Assert.Contains(Copy, refusal.Message, StringComparison.Ordinal);
        disk.DeleteDirectory(Copy);
        log.Reopen();
        Assert.Equal([0], log.ReadBaseOffsets());
    }

    [Theory]
    [InlineData("hm")]
    [InlineData("version: 0\ntopic_id: EREREREREiIzMzRERERVVV")]
    [InlineData("version: 7\ntopic_id: EREREREiIjMzRERVVVVVVQ")]
    public async Task A_file_that_no_longer_says_whose_records_they_are_is_named_and_nothing_is_moved(string damage)
    {
        var log = new TestLog();
        log.Append(new Batch().Build());
        log.Commit();
        await log.DisposeAsync();
        string path = $"{log.PartitionPath}/{PartitionMetadata.FileName}";
        byte[] before = log.Files.ReadAll(path);
        log.Files.WriteAtomically(path, Encoding.UTF8.GetBytes(damage));
        var refusal = Assert.Throws<CheckpointFormatException>(log.Reopen);
        Assert.Contains(path, refusal.Message, StringComparison.Ordinal);
        log.Files.WriteAtomically(path, before);
        log.Reopen();
        Assert.Equal([0], log.ReadBaseOffsets());
    }

    [Theory]
    [InlineData("")]
    [InlineData("version: 0\nto")]
    [InlineData("version: 0\ntopic_id: EREREREi")]
    [InlineData("version: 0\ntopic_id: EREREREi\0\0\0\0\0\0\0\0\0\0\0\0\0\0")]
    [InlineData("\0\0\0\0\0\0\0\0")]
    public async Task What_a_power_cut_leaves_of_a_partition_that_is_being_made_is_set_aside(string unfinished)
    {
        var log = new TestLog();
        await log.DisposeAsync();
        log.Files.WriteAtomically($"{log.PartitionPath}/{PartitionMetadata.FileName}", Encoding.UTF8.GetBytes(unfinished));
        log.ReopenAnew();
        string aside = Assert.Single(log.Files.DirectoryNames("/data/log"), name => name.EndsWith("-stray", StringComparison.Ordinal));
        Assert.DoesNotContain(PartitionMetadata.FileName, log.Files.FileNames($"/data/log/{aside}")); // Kafka would not start.
    }

    [Theory]
    [InlineData("orders-0", true)]
    [InlineData("orders-10", true)]
    [InlineData("a-b-3", true)]
    [InlineData("orders-00", false)]
    [InlineData("orders-007", false)]
    [InlineData("orders-", false)]
    [InlineData("-1", false)]
    [InlineData("orders-2147483648", false)]
    public void Only_a_number_as_it_would_be_written_names_a_partition(string directory, bool isPartition)
    {
        Assert.Equal(isPartition, PartitionName.TryParse(directory, out var name));
        if (isPartition) Assert.Equal(directory, name.ToString());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_segment_that_is_longer_than_any_is_named(bool isSwap)
    {
        string path = await StoppedAsync();
        if (isSwap) File.Move(path, path += ".swap");
        Lengthen(path);
        var refusal = Assert.Throws<IOException>(Open);
        Assert.Contains(path, refusal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(".index")]
    [InlineData(".timeindex")]
    public async Task An_index_that_is_longer_than_any_is_built_anew(string extension)
    {
        string path = Path.ChangeExtension(await StoppedAsync(), extension);
        Lengthen(path);
        await using (var directory = Open())
        {
            var log = directory.Get(TestLog.Partition)!;
            Assert.Equal((3L, 0L), (log.LogEndOffset, log.OffsetForTimestamp(0, ReadBound.LogEnd)?.Offset));
        }
        Assert.InRange(new FileInfo(path).Length, 0, 100);
    }

    /// <summary>The path of the only segment.</summary>
    private async Task<string> StoppedAsync()
    {
        await using var directory = Open();
        var log = directory.Create(TestLog.Partition, TestLog.TopicId, LogSettings.Default);
        for (int i = 0; i < 3; i++) log.Append(new Batch { Key = i }.Build(), new AppendContext { LeaderEpoch = 0 });
        return log.Segments.Active.Log.Path;
    }

    /// <summary>It takes no room, as nothing is written.</summary>
    private static void Lengthen(string path)
    {
        using var file = File.OpenWrite(path);
        file.SetLength(TooLong);
    }

    private LogDirectory Open() => LogDirectory.Open(new LogDirectoryOptions
    {
        Files = new DiskFileStore(),
        Path = _root + "/log",
        JournalPath = _root + "/journal",
        NewIdentity = new DirectoryIdentity { ClusterId = "test", NodeId = 1, DirectoryId = Guid.NewGuid() },
        Threads = BackgroundThreads.None,
    });
}
