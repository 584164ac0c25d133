using Moldau.Log.Files;

namespace Moldau.Log.Tests;

/// <summary>Directories that somebody else has put there, and names that lead to the same one.</summary>
public sealed class PartitionDirectoryTests
{
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
}
