using System.Collections.Immutable;
using Microsoft.Extensions.Logging.Abstractions;
using Moldau.Broker.Config;
using Moldau.Broker.Topics;
using Moldau.Coordination.Metadata;

namespace Moldau.Broker.Tests.Topics;

public sealed class PartitionLogsTests
{
    private const int Count = 1_000;

    /// <summary>Less than a byte for each pair of a topic and a resource that has settings.</summary>
    private const int BytesMax = 100_000;

    [Fact]
    public async Task A_changed_setting_costs_no_look_at_each_topic_for_each_resource_that_has_settings()
    {
        var cluster = new StoredCluster();
        await using var storage = await cluster.OpenAsync();
        var logs = new PartitionLogs(cluster.Directory, storage.LiveConfig, storage.Partitions, NullLogger.Instance, cluster.Time);
        var before = Many();
        var after = before with { Configs = before.Configs.SetItem(Group(0), Setting("share.isolation.level", "read_committed")) };
        logs.Follow(before, after);
        long allocated = GC.GetAllocatedBytesForCurrentThread();
        logs.Follow(before, after);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - allocated, 0, BytesMax);
    }

    [Fact]
    public async Task A_topic_goes_by_a_setting_from_when_it_is_set_until_it_is_removed()
    {
        await using var storage = await new StoredCluster().OpenAsync();
        await StoredCluster.CreateAsync(storage, "orders", 1);
        var changes = new ConfigChanges(storage.LiveConfig);
        foreach (var (operation, expected) in new[] { (ConfigOperation.Set, 5_000), (ConfigOperation.Delete, 604_800_000) })
        {
            var change = new ConfigChange("retention.ms", operation, "5000");
            await storage.Metadata.AskAsync(image => new MetadataDecision<bool>(true)
            {
                Records = [.. changes.Decide(image, ConfigResource.Topic("orders"), [change]).Records],
            });
            storage.Partitions.Find("orders", 0, out var partition);
            Assert.Equal(expected, partition.Log.Settings.RetentionMs);
        }
    }

    [Fact]
    public async Task Compaction_takes_what_the_broker_is_told_while_it_runs()
    {
        var cluster = new StoredCluster();
        await using var storage = await cluster.OpenAsync();
        var set = new ConfigChange("log.cleaner.dedupe.buffer.size", ConfigOperation.Set, "1048576");
        await storage.Metadata.AskAsync(image => new MetadataDecision<bool>(true)
        {
            Records = [.. new ConfigChanges(storage.LiveConfig).Decide(image, ConfigResource.AllBrokers, [set]).Records],
        });
        Assert.Equal(1_048_576, cluster.Directory.Upkeep.Cleaning.DedupeBufferBytes);
    }

    private static ClusterImage Many()
    {
        var topics = Enumerable.Range(0, Count).Select(index => new TopicImage($"t{index}", Guid.NewGuid(), [])).ToList();
        return ClusterImage.Empty with
        {
            Topics = TopicsImage.Empty with
            {
                ById = topics.ToImmutableDictionary(topic => topic.Id),
                ByName = topics.ToImmutableDictionary(topic => topic.Name),
            },
            Configs = Enumerable.Range(0, Count).ToImmutableDictionary(Group, _ => Setting("share.isolation.level", "read_uncommitted")),
        };
    }

    private static ConfigResource Group(int index) => new(ConfigResourceType.Group, $"g{index}");

    private static ImmutableSortedDictionary<string, string> Setting(string name, string value) => ConfigResource.NoSettings.Add(name, value);
}
