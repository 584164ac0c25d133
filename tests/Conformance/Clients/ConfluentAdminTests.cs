using Confluent.Kafka;
using Confluent.Kafka.Admin;

namespace Moldau.Conformance.Clients;

public sealed class ConfluentAdminTests(ClientBroker broker)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    [Fact]
    public async Task A_topic_is_created_grown_described_and_deleted()
    {
        using var admin = broker.Admin();
        string topic = await broker.CreateTopicAsync("admin", partitions: 2);
        await admin.CreatePartitionsAsync([new PartitionsSpecification { Topic = topic, IncreaseTo = 5 }]);
        var described = await admin.DescribeTopicsAsync(TopicCollection.OfTopicNames([topic]));
        var description = Assert.Single(described.TopicDescriptions);
        Assert.Equal((topic, 5), (description.Name, description.Partitions.Count));
        Assert.All(description.Partitions, partition => Assert.Single(partition.Replicas));

        await admin.DeleteTopicsAsync([topic]);
        await Eventually.IsAsync(false, () => admin.GetMetadata(Patience).Topics.Any(found => found.Topic == topic));
    }

    [Fact]
    public async Task A_topic_that_exists_is_not_created_again()
    {
        using var admin = broker.Admin();
        string topic = await broker.CreateTopicAsync("twice");
        var refused = await Assert.ThrowsAsync<CreateTopicsException>(() => admin.CreateTopicsAsync([new TopicSpecification { Name = topic, NumPartitions = 1 }]));
        Assert.Equal(Confluent.Kafka.ErrorCode.TopicAlreadyExists, Assert.Single(refused.Results).Error.Code);
    }

    [Fact]
    public async Task A_topic_with_more_replicas_than_brokers_is_refused_with_words()
    {
        using var admin = broker.Admin();
        var topic = new TopicSpecification { Name = broker.NewName("replicas"), NumPartitions = 1, ReplicationFactor = 3 };
        var refused = await Assert.ThrowsAsync<CreateTopicsException>(() => admin.CreateTopicsAsync([topic]));
        var error = Assert.Single(refused.Results).Error;
        Assert.Equal(Confluent.Kafka.ErrorCode.InvalidReplicationFactor, error.Code);
        Assert.NotEmpty(error.Reason);
    }

    [Fact]
    public async Task A_topic_s_own_configuration_is_described_with_its_source()
    {
        using var admin = broker.Admin();
        string topic = broker.NewName("configured");
        await admin.CreateTopicsAsync([new TopicSpecification { Name = topic, NumPartitions = 1, ReplicationFactor = 1, Configs = new() { ["retention.ms"] = "1234567" } }]);
        var result = Assert.Single(await admin.DescribeConfigsAsync([new ConfigResource { Type = ResourceType.Topic, Name = topic }]));
        Assert.Equal(("1234567", ConfigSource.DynamicTopicConfig), (result.Entries["retention.ms"].Value, result.Entries["retention.ms"].Source));
        Assert.Equal(("delete", ConfigSource.DefaultConfig), (result.Entries["cleanup.policy"].Value, result.Entries["cleanup.policy"].Source));
    }

    [Fact]
    public async Task The_cluster_has_one_node_which_is_its_controller()
    {
        using var admin = broker.Admin();
        var cluster = await admin.DescribeClusterAsync();
        var node = Assert.Single(cluster.Nodes);
        Assert.Equal((node.Id, broker.Bootstrap), (cluster.Controller.Id, $"{node.Host}:{node.Port}"));
        Assert.NotEmpty(cluster.ClusterId);
    }

    [Fact]
    public async Task Users_are_added_listed_and_removed()
    {
        using var admin = broker.Admin();
        string user = broker.NewName("user");
        var info = new ScramCredentialInfo { Mechanism = ScramMechanism.ScramSha512, Iterations = 5000 };
        await admin.AlterUserScramCredentialsAsync([new UserScramCredentialUpsertion { User = user, Password = "a secret"u8.ToArray(), ScramCredentialInfo = info }]);
        var described = await admin.DescribeUserScramCredentialsAsync([user]);
        var found = Assert.Single(Assert.Single(described.UserScramCredentialsDescriptions).ScramCredentialInfos);
        Assert.Equal((ScramMechanism.ScramSha512, 5000), (found.Mechanism, found.Iterations));

        await admin.AlterUserScramCredentialsAsync([new UserScramCredentialDeletion { User = user, Mechanism = ScramMechanism.ScramSha512 }]);
        await Assert.ThrowsAsync<DescribeUserScramCredentialsException>(() => admin.DescribeUserScramCredentialsAsync([user]));
    }
}
