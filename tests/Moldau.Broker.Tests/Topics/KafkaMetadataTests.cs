using Moldau.Broker.Topics;
using Moldau.Coordination.Metadata;
using Moldau.Protocol;
using Moldau.TestKit;

namespace Moldau.Broker.Tests.Topics;

/// <summary>The metadata log and the first snapshot of a cluster that Apache Kafka 4.4.0 ran and stopped cleanly.</summary>
public sealed class KafkaMetadataTests
{
    private readonly StoredCluster _cluster = new();

    public KafkaMetadataTests()
    {
        Take(".kafka_cleanshutdown");
        Take("meta.properties");
        foreach (string name in new[] { "partition.metadata", "quorum-state", "00000000000000000000.log", "00000000000000000000-0000000000.checkpoint" })
            Take($"__cluster_metadata-0/{name}");
    }

    [Fact]
    public async Task All_that_Kafka_knew_is_known()
    {
        await using var storage = await _cluster.OpenAsync();

        var image = storage.Metadata.Image;
        Assert.Equal(32, image.Topics.ByName.Count);
        Assert.DoesNotContain("removed", image.Topics.ByName.Keys);
        Assert.Equal("zjHUBoU5QLeK0vb9ihbXIw", KafkaUuid.ToText(image.Topics.ByName["reborn"].Id));
        Assert.Equal(
            [("admin", 1), ("alice", 1), ("alice", 2), ("bob", 1)],
            image.ScramCredentials.Keys.Select(user => (user.Name, (int)user.Mechanism)));
        Assert.Equal((6, 5, 1, 1000), (image.Acls.Count, image.Quotas.Count, image.DelegationTokens.Count, (int)image.NextProducerId));
        var configured = image.ConfigOf(ConfigResource.Topic("configured"));
        Assert.Equal(("987654321", "delete,compact"), (configured["retention.ms"], configured["cleanup.policy"]));
        Assert.DoesNotContain("max.message.bytes", configured.Keys);
        Assert.Equal("1500000", image.ConfigOf(ConfigResource.AllBrokers)["message.max.bytes"]);
    }

    [Fact]
    public async Task The_broker_leads_what_Kafka_gave_up_in_its_controlled_shutdown()
    {
        await using var storage = await _cluster.OpenAsync();

        Assert.All(storage.Metadata.Image.Topics.ById.Values.SelectMany(topic => topic.Partitions), partition =>
            Assert.Equal((1, 2, 1, 0), (partition.Leader, partition.LeaderEpoch, partition.Isr.Length, partition.EligibleLeaderReplicas.Length)));
        Assert.Contains("\"leaderEpoch\":2", _cluster.Text($"{StoredCluster.MetadataPath}/quorum-state"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_snapshot_of_it_says_the_same_as_the_log()
    {
        ClusterImage stopped;
        await using (var storage = await _cluster.OpenAsync()) stopped = storage.Metadata.Image;

        // The log removes a SCRAM user, so the stop has left a snapshot, and this start reads it.
        await using var again = await _cluster.OpenAsync();

        Assert.Equal(2, _cluster.Files.FileNames(StoredCluster.MetadataPath).Count(name => name.EndsWith(".checkpoint", StringComparison.Ordinal)));
        Assert.Equal(stopped.Topics.ByName.Keys.Order(), again.Metadata.Image.Topics.ByName.Keys.Order());
        Assert.Equal(stopped.ScramCredentials.Keys, again.Metadata.Image.ScramCredentials.Keys);
        Assert.Equal((6, 5, 1), (again.Metadata.Image.Acls.Count, again.Metadata.Image.Quotas.Count, again.Metadata.Image.DelegationTokens.Count));
    }

    private void Take(string name) => _cluster.Put($"{StoredCluster.LogPath}/{name}", Fixture.FileIn("directories/clean.tar", $"log/{name}"));
}
