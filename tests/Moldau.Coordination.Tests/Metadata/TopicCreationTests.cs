using Moldau.Coordination.Metadata;
using Moldau.Protocol;
using Moldau.Protocol.Messages;

namespace Moldau.Coordination.Tests.Metadata;

public sealed class TopicCreationTests
{
    private readonly ClusterScenario _cluster = ClusterScenario.Started();

    [Fact]
    public void A_new_topic_is_led_by_the_node_from_epoch_zero_on()
    {
        var created = _cluster.Create("orders", partitions: 3);

        var topic = _cluster.Image.Topics.ByName["orders"];
        Assert.Equal((ErrorCode.None, topic.Id, 3, (short)1), (created.ErrorCode, created.TopicId, created.NumPartitions, created.ReplicationFactor));
        Assert.Equal(3, topic.Partitions.Length);
        Assert.All(topic.Partitions, partition => Assert.Equal((1, 0, 0), (partition.Leader, partition.LeaderEpoch, partition.PartitionEpoch)));
        Assert.Same(topic, _cluster.Image.Topics.ById[topic.Id]);
    }

    [Theory]
    [InlineData(TopicNames.ConsumerOffsets)]
    [InlineData(TopicNames.TransactionState)]
    [InlineData(TopicNames.ShareGroupState)]
    public void An_internal_topic_is_the_brokers_to_make(string name)
    {
        var refused = _cluster.Create(name);
        Assert.Equal(ErrorCode.InvalidTopicException, refused.ErrorCode);
        Assert.Contains("made by the broker", refused.ErrorMessage, StringComparison.Ordinal);
        Assert.False(_cluster.Image.Topics.ByName.ContainsKey(name));

        Assert.Equal(ErrorCode.None, _cluster.CreateInternal(name).ErrorCode);
        Assert.Equal(ErrorCode.TopicAlreadyExists, _cluster.Create(name).ErrorCode);
    }

    [Theory]
    [InlineData("", (int)ErrorCode.InvalidTopicException)]
    [InlineData(".", (int)ErrorCode.InvalidTopicException)]
    [InlineData("..", (int)ErrorCode.InvalidTopicException)]
    [InlineData("a b", (int)ErrorCode.InvalidTopicException)]
    [InlineData("café", (int)ErrorCode.InvalidTopicException)]
    [InlineData("__cluster_metadata", (int)ErrorCode.InvalidRequest)]
    [InlineData("exists", (int)ErrorCode.TopicAlreadyExists)]
    [InlineData("with.dots_and", (int)ErrorCode.InvalidTopicException)]
    [InlineData("fine-2", (int)ErrorCode.None)]
    public void A_name_must_be_valid_free_and_distinct_from_others_in_metrics(string name, int expected)
    {
        _cluster.Create("exists");
        _cluster.Create("with_dots.and");

        Assert.Equal((ErrorCode)expected, _cluster.Create(name).ErrorCode);
    }

    [Fact]
    public void A_colliding_name_is_free_again_when_the_other_topic_is_gone()
    {
        _cluster.Create("w.x");
        _cluster.Delete(("w.x", Guid.Empty));

        Assert.Equal(ErrorCode.None, _cluster.Create("w_x").ErrorCode);
    }

    [Fact]
    public void A_name_given_twice_is_refused_once_and_the_others_are_made()
    {
        var response = _cluster.Create(Topic("twice"), Topic("once"), Topic("twice"));

        Assert.Equal([("once", ErrorCode.None), ("twice", ErrorCode.InvalidRequest)], Codes(response).Order());
        Assert.Equal(["once"], _cluster.Image.Topics.ByName.Keys);
    }

    [Theory]
    [InlineData(0, 0, (int)ErrorCode.InvalidReplicationFactor)]
    [InlineData(0, 1, (int)ErrorCode.InvalidPartitions)]
    [InlineData(-2, 1, (int)ErrorCode.InvalidPartitions)]
    [InlineData(1, 2, (int)ErrorCode.InvalidReplicationFactor)]
    [InlineData(-1, -1, (int)ErrorCode.None)]
    [InlineData(10_001, 1, (int)ErrorCode.PolicyViolation)]
    [InlineData(int.MaxValue, 1, (int)ErrorCode.PolicyViolation)]
    public void Counts_must_be_possible_on_one_node(int partitions, short replicas, int expected)
    {
        var topic = Topic("counted");
        topic.NumPartitions = partitions;
        topic.ReplicationFactor = replicas;

        Assert.Equal((ErrorCode)expected, _cluster.Create(topic).Topics.Single().ErrorCode);
    }

    [Theory]
    [InlineData("0:1,1:1", (int)ErrorCode.None)]
    [InlineData("1:1,0:1", (int)ErrorCode.None)]
    [InlineData("1:1", (int)ErrorCode.InvalidReplicaAssignment)]
    [InlineData("0:1,0:1", (int)ErrorCode.InvalidReplicaAssignment)]
    [InlineData("-1:1", (int)ErrorCode.InvalidReplicaAssignment)]
    [InlineData("0:7", (int)ErrorCode.InvalidReplicaAssignment)]
    [InlineData("0:", (int)ErrorCode.InvalidReplicaAssignment)]
    [InlineData("0:1+1", (int)ErrorCode.InvalidReplicaAssignment)]
    public void Assignments_must_number_the_partitions_and_name_the_node(string assignments, int expected)
    {
        var topic = Topic("assigned");
        (topic.NumPartitions, topic.ReplicationFactor) = (-1, -1);
        topic.Assignments = [.. assignments.Split(',').Select(part => part.Split(':')).Select(part => new CreateTopicsRequest.CreatableReplicaAssignment
        {
            PartitionIndex = int.Parse(part[0]),
            BrokerIds = [.. part[1].Split('+', StringSplitOptions.RemoveEmptyEntries).Select(int.Parse)],
        })];

        Assert.Equal((ErrorCode)expected, _cluster.Create(topic).Topics.Single().ErrorCode);
    }

    [Fact]
    public void Assignments_exclude_counts()
    {
        var topic = Topic("mixed");
        topic.Assignments = [new() { PartitionIndex = 0, BrokerIds = [1] }];

        Assert.Equal(ErrorCode.InvalidRequest, _cluster.Create(topic).Topics.Single().ErrorCode);
    }

    [Fact]
    public void Settings_are_kept_as_they_were_written_and_void_the_eligible_leaders_where_they_change_the_minimum()
    {
        _cluster.Create("configured", 1, ("retention.ms", " 5000 "), ("min.insync.replicas", "1"));

        Assert.Equal(" 5000 ", _cluster.Image.ConfigOf(ConfigResource.Topic("configured"))["retention.ms"]);
        Assert.Contains(_cluster.Log, record => record.Body is ClearElrRecord { TopicName: "configured" });
    }

    [Fact]
    public void An_unknown_setting_or_one_without_a_value_is_refused()
    {
        var nothing = Topic("nothing");
        nothing.Configs = [new() { Name = "retention.ms", Value = null }];

        Assert.Equal(ErrorCode.InvalidConfig, _cluster.Create(nothing).Topics.Single().ErrorCode);
        Assert.Equal(ErrorCode.InvalidConfig, _cluster.Create("unknown", 1, ("no.such.config", "1")).ErrorCode);
    }

    [Fact]
    public void Validation_alone_answers_as_if_the_topic_were_made_and_makes_nothing()
    {
        int records = _cluster.Log.Count;

        var response = _cluster.Create(new CreateTopicsRequest { Topics = [Topic("trial")], TimeoutMs = 1000, ValidateOnly = true });

        Assert.NotEqual(Guid.Empty, response.Topics.Single().TopicId);
        Assert.Equal(records, _cluster.Log.Count);
    }

    [Fact]
    public void Past_its_deadline_nothing_is_begun()
    {
        var response = _cluster.Create(new CreateTopicsRequest { Topics = [Topic("late")], TimeoutMs = 0 });

        Assert.Equal(ErrorCode.RequestTimedOut, response.Topics.Single().ErrorCode);
        Assert.Empty(_cluster.Image.Topics.ByName);
    }

    private static CreateTopicsRequest.CreatableTopic Topic(string name) => new() { Name = name, NumPartitions = 1, ReplicationFactor = 1 };

    private static IEnumerable<(string, ErrorCode)> Codes(CreateTopicsResponse response) => response.Topics.Select(topic => (topic.Name, topic.ErrorCode));
}
