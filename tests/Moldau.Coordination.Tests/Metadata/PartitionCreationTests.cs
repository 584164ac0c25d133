using Moldau.Coordination.Metadata;
using Moldau.Protocol;
using Moldau.Protocol.Messages;

namespace Moldau.Coordination.Tests.Metadata;

public sealed class PartitionCreationTests
{
    private readonly ClusterScenario _cluster = ClusterScenario.Started();

    [Fact]
    public void A_topic_grows_behind_the_partitions_that_it_has()
    {
        _cluster.Create("grown", partitions: 2);

        Assert.Equal(ErrorCode.None, _cluster.Grow("grown", 5).Results.Single().ErrorCode);

        Assert.Equal([0, 1, 2, 3, 4], _cluster.Image.Topics.ByName["grown"].Partitions.Select(partition => partition.Index));
    }

    [Fact]
    public void What_coordinators_find_by_the_number_of_partitions_does_not_grow()
    {
        _cluster.CreateInternal(TopicNames.ConsumerOffsets, partitions: 4);

        Assert.Equal(ErrorCode.InvalidTopicException, _cluster.Grow(TopicNames.ConsumerOffsets, 5).Results.Single().ErrorCode);
    }

    [Theory]
    [InlineData(3)]
    [InlineData(2)]
    [InlineData(0)]
    [InlineData(int.MinValue)]
    public void A_topic_neither_shrinks_nor_stays(int count)
    {
        _cluster.Create("kept", partitions: 3);

        Assert.Equal(ErrorCode.InvalidPartitions, _cluster.Grow("kept", count).Results.Single().ErrorCode);
    }

    [Fact]
    public void One_request_adds_ten_thousand_partitions_at_most()
    {
        _cluster.Create("big");

        Assert.Equal(ErrorCode.PolicyViolation, _cluster.Grow("big", 10_002).Results.Single().ErrorCode);
        Assert.Equal(ErrorCode.PolicyViolation, _cluster.Grow("big", int.MaxValue).Results.Single().ErrorCode);
    }

    [Fact]
    public void Assignments_are_as_many_as_the_new_partitions_and_name_the_node()
    {
        _cluster.Create("assigned");

        Assert.Equal(ErrorCode.InvalidReplicaAssignment, _cluster.Grow("assigned", 2, []).Results.Single().ErrorCode);
        Assert.Equal(ErrorCode.InvalidReplicaAssignment, _cluster.Grow("assigned", 3, [On(1)]).Results.Single().ErrorCode);
        Assert.Equal(ErrorCode.InvalidReplicaAssignment, _cluster.Grow("assigned", 2, [On(7)]).Results.Single().ErrorCode);
        Assert.Equal(ErrorCode.None, _cluster.Grow("assigned", 3, [On(1), On(1)]).Results.Single().ErrorCode);
    }

    [Fact]
    public void An_unknown_topic_is_answered_without_words() =>
        Assert.Equal((ErrorCode.UnknownTopicOrPartition, null), (_cluster.Grow("none", 3).Results.Single().ErrorCode, _cluster.Grow("none", 3).Results.Single().ErrorMessage));

    private static CreatePartitionsRequest.CreatePartitionsAssignment On(params int[] brokers) => new() { BrokerIds = [.. brokers] };
}
