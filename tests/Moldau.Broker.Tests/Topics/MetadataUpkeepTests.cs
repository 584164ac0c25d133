using Moldau.Broker.Topics;
using Moldau.Coordination.Metadata;
using Moldau.Protocol;
using Moldau.TestKit;

namespace Moldau.Broker.Tests.Topics;

/// <summary>Snapshots of the metadata while the broker runs, and what may go when they are there.</summary>
public sealed class MetadataUpkeepTests
{
    private const string SnapshotBytes = "metadata.log.max.record.bytes.between.snapshots";

    private readonly StoredCluster _cluster = new();

    [Fact]
    public async Task A_snapshot_follows_the_bytes_that_were_written_since_the_last()
    {
        _cluster.Properties[SnapshotBytes] = "10000";
        await using var storage = await _cluster.OpenAsync();
        Assert.Single(Snapshots());

        await CreateAsync(storage, count: 5);
        Assert.Single(Snapshots());

        await CreateAsync(storage, count: 100);
        Assert.InRange(Snapshots().Count, 2, 3);
    }

    [Fact]
    public async Task A_snapshot_follows_the_time_since_the_last_if_there_is_anything_new()
    {
        await using var storage = await _cluster.OpenAsync();
        _cluster.Time.Advance(TimeSpan.FromMinutes(59));
        await CreateAsync(storage, count: 1);
        Assert.Single(Snapshots());

        _cluster.Time.Advance(TimeSpan.FromMinutes(1));
        await CreateAsync(storage, count: 1);
        Assert.Equal(2, Snapshots().Count);

        _cluster.Time.Advance(TimeSpan.FromHours(2));
        await storage.Metadata.AskAsync(_ => new MetadataDecision<bool>(true));
        await SettleAsync(storage);
        Assert.Equal(2, Snapshots().Count);
    }

    [Fact]
    public async Task A_start_reads_the_newest_snapshot_and_the_log_behind_it()
    {
        _cluster.Properties[SnapshotBytes] = "5000";
        await using (var storage = await _cluster.OpenAsync())
        {
            await CreateAsync(storage, count: 100);
            await StoredCluster.DeleteAsync(storage, "t-50");
        }
        Assert.True(Snapshots().Count > 2);

        await using var again = await _cluster.OpenAsync();

        Assert.Equal(99, again.Metadata.Image.Topics.ByName.Count);
        Assert.Equal(ErrorCode.None, again.Partitions.Find("t-99", 0, out _));
    }

    [Fact]
    public async Task Old_snapshots_and_the_log_before_them_go_when_they_are_too_large()
    {
        _cluster.Properties[SnapshotBytes] = "5000";
        _cluster.Properties["metadata.max.retention.bytes"] = "40000";
        await using (var storage = await _cluster.OpenAsync()) await CreateAsync(storage, count: 300);

        Assert.Single(Snapshots());
        await using var again = await _cluster.OpenAsync();
        await SettleAsync(again);

        Assert.Equal(300, again.Metadata.Image.Topics.ByName.Count);
        Assert.Equal(Assert.Single(Snapshots()).EndOffset, again.Metadata.LogStartOffset);
    }

    [Fact]
    public async Task Old_snapshots_go_when_they_are_too_old_and_the_newest_stays()
    {
        _cluster.Properties["metadata.max.retention.ms"] = "86400000";
        await using var storage = await _cluster.OpenAsync();
        _cluster.Time.Advance(TimeSpan.FromHours(2));
        await CreateAsync(storage, count: 1);
        Assert.Equal(2, Snapshots().Count);

        _cluster.Time.Advance(TimeSpan.FromDays(3));
        await CreateAsync(storage, count: 1);

        Assert.Single(Snapshots());
    }

    [Fact]
    public async Task A_snapshot_that_cannot_be_written_fails_no_change_and_is_tried_again_later()
    {
        var disk = new SimulatedDisk(seed: 1);
        disk.CreateDirectory("/data");
        var cluster = new StoredCluster { Files = disk };
        cluster.Properties[SnapshotBytes] = "1";
        await using var storage = await cluster.OpenAsync();
        await SettleAsync(storage);
        int before = Snapshots(cluster).Count;
        disk.Fails = (operation, path) => operation == "rename" && path.Contains(".checkpoint", StringComparison.Ordinal);

        await CreateAsync(storage, count: 3);
        Assert.Equal(before, Snapshots(cluster).Count);

        disk.Fails = null;
        await StoredCluster.CreateAsync(storage, "soon");
        await SettleAsync(storage);
        Assert.Equal(before, Snapshots(cluster).Count);
        cluster.Time.Advance(TimeSpan.FromMinutes(1));
        await StoredCluster.CreateAsync(storage, "later");
        await SettleAsync(storage);
        Assert.Equal(before + 1, Snapshots(cluster).Count);
    }

    [Fact]
    public async Task What_a_crash_left_of_a_snapshot_is_deleted_at_the_start()
    {
        await (await _cluster.OpenAsync()).DisposeAsync();
        _cluster.Put($"{StoredCluster.MetadataPath}/00000000000000000099-0000000001.checkpoint.part", [1]);

        await using var storage = await _cluster.OpenAsync();

        Assert.DoesNotContain(_cluster.Files.FileNames(StoredCluster.MetadataPath), name => name.EndsWith(".part", StringComparison.Ordinal));
    }

    /// <summary>A kill at any operation of runs that write snapshots and drop old ones.</summary>
    [Fact]
    public async Task After_a_kill_at_any_operation_every_topic_that_was_answered_exists()
    {
        for (int seed = 0; seed < Searches.Rounds(25, atMost: 1_000); seed++)
        {
            var disk = new SimulatedDisk(seed);
            disk.CreateDirectory("/data");
            var cluster = new StoredCluster { Files = disk };
            cluster.Properties[SnapshotBytes] = "1000";
            cluster.Properties["metadata.max.retention.bytes"] = "4000";
            disk.CutAt = 200 + (seed * 7);
            int answered = await CreateUntilTheKillAsync(cluster, disk);
            disk.RestartAfterKill();

            await using var storage = await cluster.OpenAsync();

            for (int topic = 0; topic < answered; topic++)
                Assert.True(storage.Metadata.Image.Topics.ByName.ContainsKey($"t-{topic}"), $"seed {seed}: t-{topic} of {answered} is lost");
        }
    }

    private static async Task<int> CreateUntilTheKillAsync(StoredCluster cluster, SimulatedDisk disk)
    {
        int answered = 0;
        try
        {
            await using var storage = await cluster.OpenAsync();
            for (; !disk.IsOff; answered++) await StoredCluster.CreateAsync(storage, $"t-{answered}");
        }
        catch (PowerCutException)
        {
            // The operation at which the process was killed was one of the start, of a change or of the stop.
        }
        return answered;
    }

    private static async Task CreateAsync(BrokerStorage storage, int count)
    {
        int first = storage.Metadata.Image.Topics.ByName.Count;
        for (int topic = first; topic < first + count; topic++) await StoredCluster.CreateAsync(storage, $"t-{topic}");
        await SettleAsync(storage);
    }

    /// <summary>Upkeep comes after the answer: the answer to one more question comes after the upkeep.</summary>
    private static Task SettleAsync(BrokerStorage storage) => storage.Metadata.AskAsync(_ => new MetadataDecision<bool>(true));

    private List<SnapshotId> Snapshots() => Snapshots(_cluster);

    private static List<SnapshotId> Snapshots(StoredCluster cluster) =>
        [.. new MetadataSnapshots(cluster.Files, StoredCluster.MetadataPath).All()];
}
