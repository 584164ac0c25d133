using Moldau.Broker.Tests.Net;
using Moldau.Broker.Topics;
using Moldau.Log;
using Moldau.Log.Files;
using Moldau.Protocol;
using Moldau.Protocol.Records;
using Moldau.TestKit;

namespace Moldau.Broker.Tests.Topics;

/// <summary>What a crash leaves in the journal of topics that the log directory does not hold: gone where they were deleted, kept where they were not.</summary>
public sealed class UnknownTopicsInJournalTests
{
    private readonly SimulatedDisk _disk = new(seed: 8);
    private readonly EventLines _events = new();
    private readonly StoredCluster _cluster;

    public UnknownTopicsInJournalTests()
    {
        _disk.CreateDirectory("/data");
        _cluster = new StoredCluster
        {
            Files = _disk,
            Logger = _events,
            Options = given => given with { CommitMode = CommitMode.Journal, Threads = BackgroundThreads.Own, JournalFileBytes = 256 * 1024 },
        };
    }

    [Fact]
    public async Task A_topic_that_was_deleted_and_made_again_leaves_nothing()
    {
        var storage = await OpenWithRecordsAsync("orders");
        await StoredCluster.DeleteAsync(storage, "orders");
        var id = await StoredCluster.CreateAsync(storage, "orders");
        await using var again = await CrashAsync(storage);
        Assert.Equal(ErrorCode.None, again.Partitions.Find("orders", 0, out var partition));
        Assert.Equal((id, 0L), (partition.Log.TopicId, partition.Log.LogEndOffset));
        Assert.Contains(_events.Take(), line => line.Contains("Of 1 deleted topics the journal still had records", StringComparison.Ordinal));
        Assert.Equal(["journal", "log"], _disk.DirectoryNames("/data").Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_topic_whose_directory_is_missing_keeps_what_the_journal_has_of_it_and_the_operator_is_told()
    {
        var storage = await OpenWithRecordsAsync("orders");
        await using var again = await CrashAsync(storage, missing: "orders-0");
        Assert.Contains(_events.Take(), line => line.Contains("it has records of orders, whose partitions", StringComparison.Ordinal));
        Assert.NotEmpty(_disk.FileNames("/data/journal.aside-1"));
    }

    private async Task<BrokerStorage> OpenWithRecordsAsync(string topic)
    {
        var storage = await _cluster.OpenAsync();
        await StoredCluster.CreateAsync(storage, topic);
        Assert.Equal(ErrorCode.None, storage.Partitions.Find(topic, 0, out var partition));
        using var batch = new BatchBuilder();
        batch.Append(1, null, new byte[100]);
        partition.Log.Append(batch.BuildArray(), new AppendContext { LeaderEpoch = 0 });
        await partition.Log.CommittedAsync(1);
        return storage;
    }

    private async Task<BrokerStorage> CrashAsync(BrokerStorage storage, string? missing = null)
    {
        _disk.CutAt = _disk.Operations + 1;
        await Xunit.Record.ExceptionAsync(async () => await storage.DisposeAsync());
        _disk.RestartAfterKill();
        _events.Take();
        if (missing is not null) _disk.DeleteDirectory($"{StoredCluster.LogPath}/{missing}");
        return await _cluster.OpenAsync();
    }
}
