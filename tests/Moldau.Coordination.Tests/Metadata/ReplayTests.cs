using Moldau.Coordination.Metadata;
using Moldau.Protocol.Messages;

namespace Moldau.Coordination.Tests.Metadata;

/// <summary>Records of logs that Kafka wrote come to the same as in Kafka.</summary>
public sealed class ReplayTests
{
    [Fact]
    public void A_level_of_the_KRaft_version_is_no_feature()
    {
        var image = Replayed(MetadataRecord.Of(new FeatureLevelRecord { Name = "kraft.version", FeatureLevel = 1 }), MetadataRecord.Of(new FeatureLevelRecord { Name = "group.version", FeatureLevel = 1 }));

        Assert.Equal(["group.version"], image.Features.Keys);
    }

    [Fact]
    public void Eligible_leaders_that_are_cleared_take_an_epoch_of_their_partition()
    {
        var id = new Guid("11111111-2222-3333-4444-555555555555");

        var image = Replayed(
            MetadataRecord.Of(new TopicRecord { Name = "t", TopicId = id }),
            MetadataRecord.Of(new PartitionRecord { TopicId = id, PartitionId = 0, Replicas = [1, 2], Isr = [1], EligibleLeaderReplicas = [2], PartitionEpoch = 5 }),
            MetadataRecord.Of(new PartitionRecord { TopicId = id, PartitionId = 1, Replicas = [1, 2], Isr = [1, 2], PartitionEpoch = 5 }),
            MetadataRecord.Of(new ClearElrRecord { TopicName = "t" }));

        Assert.Equal([6, 5], image.Topics.ById[id].Partitions.Select(partition => partition.PartitionEpoch));
        Assert.Empty(image.Topics.ById[id].Partitions[0].EligibleLeaderReplicas);
    }

    private static ClusterImage Replayed(params MetadataRecord[] records) => ClusterImageBuilder.Apply(ClusterImage.Empty, records);
}
