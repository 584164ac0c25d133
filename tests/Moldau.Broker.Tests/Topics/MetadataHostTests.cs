using Microsoft.Extensions.Logging.Abstractions;
using Moldau.Broker.Config;
using Moldau.Broker.Handlers.Cluster;
using Moldau.Broker.Tests.Net;
using Moldau.Broker.Topics;
using Moldau.Coordination.Metadata;
using Moldau.Log;
using Moldau.Protocol;
using Moldau.Protocol.Messages;

namespace Moldau.Broker.Tests.Topics;

public sealed class MetadataHostTests
{
    private const sbyte BrokerResource = 4;

    private readonly EventLines _events = new();
    private readonly StoredCluster _cluster;

    public MetadataHostTests() => _cluster = new StoredCluster { Logger = _events };

    [Fact]
    public async Task A_change_that_could_not_be_loaded_is_refused_and_the_next_start_is_as_the_last()
    {
        await using (var storage = await _cluster.OpenAsync())
        {
            await StoredCluster.CreateAsync(storage, "orders");
            var handler = new IncrementalAlterConfigs(storage.Metadata, storage.LiveConfig, new LoggerLevels(NullLoggerFactory.Instance));
            var answer = await handler.HandleAsync(new RequestContext { Api = ApiKey.IncrementalAlterConfigs, Version = 1 }, new IncrementalAlterConfigsRequest
            {
                Resources = [new() { ResourceType = BrokerResource, ResourceName = "", Configs = [new() { Name = "max.connections.per.ip.overrides", Value = "nonsense" }] }],
            });
            Assert.Equal(ErrorCode.InvalidRequest, answer!.Responses[0].ErrorCode);
            await StoredCluster.CreateAsync(storage, "payments");
        }

        await using var again = await _cluster.OpenAsync();
        Assert.Equal(["orders", "payments"], again.Metadata.Image.Topics.ByName.Keys.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_stored_setting_that_cannot_be_loaded_is_passed_over_with_a_warning()
    {
        await using (var storage = await _cluster.OpenAsync())
        {
            await StoredCluster.CreateAsync(storage, "orders");
            await storage.Metadata.AskAsync(image => new MetadataDecision<int>(0)
            {
                Records = [MetadataRecord.Of(new ConfigRecord { ResourceType = BrokerResource, ResourceName = "", Name = "max.connections.per.ip.overrides", Value = "nonsense" })],
            });
            Assert.Equal(ErrorCode.None, storage.Partitions.Find("orders", 0, out _));
        }

        await using var again = await _cluster.OpenAsync();
        Assert.Equal(ErrorCode.None, again.Partitions.Find("orders", 0, out _));
        Assert.Empty(again.LiveConfig.Of(again.Metadata.Image).Connections.PerAddressOverrides);
        Assert.Single(_events.Take(), line => line.Contains("max.connections.per.ip.overrides must be ADDRESS:COUNT", StringComparison.Ordinal));
    }

    [Fact]
    public async Task What_is_committed_is_published_even_if_what_follows_from_it_fails()
    {
        await using var storage = await _cluster.OpenAsync();
        storage.Metadata.ImageChanged += Fail;
        storage.Metadata.TopicDeleted += _ => Fail();

        var id = await StoredCluster.CreateAsync(storage, "orders");
        Assert.Equal(id, storage.Metadata.Image.Topics.ByName["orders"].Id);
        await StoredCluster.DeleteAsync(storage, "orders");
        Assert.Empty(storage.Metadata.Image.Topics.ByName);

        static void Fail() => throw new InvalidOperationException("It cannot follow.");
    }

    [Fact]
    public async Task After_a_change_that_the_log_has_and_nobody_else_nothing_is_decided_any_more()
    {
        await using var storage = await _cluster.OpenAsync();
        var unknown = new PartitionChangeRecord { TopicId = Guid.NewGuid(), PartitionId = 0 };
        await Assert.ThrowsAnyAsync<Exception>(() => Change(storage, MetadataRecord.Of(unknown)));

        await storage.Failed;
        await Assert.ThrowsAsync<LogOfflineException>(() => Change(storage));
    }

    private static Task<int> Change(BrokerStorage storage, params MetadataRecord[] records) =>
        storage.Metadata.AskAsync(_ => new MetadataDecision<int>(0) { Records = records });
}
