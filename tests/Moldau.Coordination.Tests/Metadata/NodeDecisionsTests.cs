using Moldau.Coordination.Metadata;
using Moldau.Protocol.Messages;

namespace Moldau.Coordination.Tests.Metadata;

public sealed class NodeDecisionsTests
{
    [Fact]
    public void A_new_cluster_begins_with_the_records_that_Kafka_writes_in_its_order()
    {
        var cluster = ClusterScenario.Started();

        Assert.Equal(
            [
                "BeginTransactionRecord 0", "FeatureLevelRecord 0", "FeatureLevelRecord 0", "FeatureLevelRecord 0", "FeatureLevelRecord 0",
                "FeatureLevelRecord 0", "FeatureLevelRecord 0", "ConfigRecord 0", "EndTransactionRecord 0", "RegisterControllerRecord 0",
                "RegisterBrokerRecord 4", "BrokerRegistrationChangeRecord 3", "BrokerRegistrationChangeRecord 0",
            ],
            cluster.Log.Select(record => $"{record.Body.GetType().Name} {record.Version}"));
        Assert.Equal(33, cluster.Image.Features[Features.MetadataVersion]);
        Assert.Equal("1", cluster.Image.ConfigOf(ConfigResource.AllBrokers)["min.insync.replicas"]);
        Assert.Null(cluster.Image.BeforeTransaction);
        Assert.False(cluster.Broker.Fenced);
        Assert.Equal(10, cluster.Broker.Epoch);
    }

    [Fact]
    public void A_clean_stop_gives_up_leadership_and_the_next_start_takes_it_back()
    {
        var cluster = ClusterScenario.Started();
        cluster.Create("orders", partitions: 2);

        cluster.StopCleanly();
        var stopped = cluster.Image.Topics.ByName["orders"].Partitions[1];
        cluster.Start();
        var started = cluster.Image.Topics.ByName["orders"].Partitions[1];

        Assert.Equal((-1, 1, 0, 1), (stopped.Leader, stopped.LeaderEpoch, stopped.Isr.Length, stopped.EligibleLeaderReplicas.Single()));
        Assert.Equal((1, 2, 1, 0), (started.Leader, started.LeaderEpoch, started.Isr.Single(), started.EligibleLeaderReplicas.Length));
        Assert.False(cluster.Broker.InControlledShutdown);
    }

    [Fact]
    public void After_a_crash_the_leader_epoch_rises_only_where_the_log_was_cut()
    {
        var cluster = ClusterScenario.Started();
        cluster.Create("orders", partitions: 2);

        cluster.Start(("orders", 1));

        Assert.Equal([0, 1], cluster.Image.Topics.ByName["orders"].Partitions.Select(partition => partition.LeaderEpoch));
    }

    [Fact]
    public void A_metadata_transaction_that_was_left_open_is_aborted_by_the_next_start()
    {
        var cluster = ClusterScenario.Started();
        cluster.Append([
            MetadataRecord.Of(new BeginTransactionRecord()),
            MetadataRecord.Of(new ConfigRecord { ResourceType = 4, ResourceName = "", Name = "message.max.bytes", Value = "1" }),
            MetadataRecord.Of(new TopicRecord { Name = "half", TopicId = Guid.Parse("00000000-0000-0000-0000-00000000abcd") }),
        ]);

        cluster.Start();

        Assert.Empty(cluster.Image.Topics.ByName);
        Assert.DoesNotContain("message.max.bytes", cluster.Image.ConfigOf(ConfigResource.AllBrokers).Keys);
        Assert.False(cluster.Broker.Fenced);
    }

    [Fact]
    public void Blocks_of_producer_ids_follow_each_other()
    {
        var cluster = ClusterScenario.Started();

        var first = cluster.Apply(ProducerIdDecisions.Allocate(cluster.Image, cluster.Broker));
        var second = cluster.Apply(ProducerIdDecisions.Allocate(cluster.Image, cluster.Broker));

        Assert.Equal((new ProducerIdBlock(0, 1000), new ProducerIdBlock(1000, 1000)), (first, second));
    }
}
