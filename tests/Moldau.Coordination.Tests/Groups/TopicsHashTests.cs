using System.Collections.Immutable;
using Moldau.Coordination.Groups;
using Moldau.Coordination.Groups.Streams;
using Moldau.Coordination.Metadata;
using Moldau.Protocol;
using Moldau.Protocol.Messages;

namespace Moldau.Coordination.Tests.Groups;

/// <summary>The hashes are those that a Kafka 4.4.0 stored for its groups.</summary>
public sealed class TopicsHashTests
{
    [Fact]
    public void One_topic_hashes_as_in_Kafka() =>
        Assert.Equal(521058347033676763, HashOf(["keyed"], Image(("keyed", "R5lWTyKpQSSg6CVyCPik4w", 5))));

    [Fact]
    public void Several_topics_hash_as_in_Kafka_whatever_their_order()
    {
        var image = Image(("trimmed", "H0XMxaBLQFatSAslacCibg", 2), ("keyed", "R5lWTyKpQSSg6CVyCPik4w", 5));
        Assert.Equal(-2138045344656348351, HashOf(["trimmed", "keyed"], image));
        Assert.Equal(-2138045344656348351, HashOf(["keyed", "trimmed"], image));
    }

    [Fact]
    public void The_topics_of_a_topology_hash_as_in_Kafka()
    {
        const string Store = "words-app-KSTREAM-AGGREGATE-STATE-STORE-0000000003";
        var topology = new StreamsGroupTopologyValue
        {
            Subtopologies =
            [
                new() { SubtopologyId = "0", SourceTopics = ["words-in"], RepartitionSinkTopics = [$"{Store}-repartition"] },
                new()
                {
                    SubtopologyId = "1",
                    RepartitionSourceTopics = [new() { Name = $"{Store}-repartition" }],
                    StateChangelogTopics = [new() { Name = $"{Store}-changelog" }],
                },
            ],
        };
        (string, string, int) source = ("words-in", "SmqTQDuaTxiHzAqVL_Z2mQ", 2);
        string[] topics = [.. TopologyResolution.TopicsOf(topology)];
        Assert.Equal(6696122065837788846, HashOf(topics, Image(source)));
        Assert.Equal(
            2646377355263520767,
            HashOf(topics, Image(source, ($"{Store}-changelog", "4aHPGNcCQFugDd8ZIn62IQ", 2), ($"{Store}-repartition", "ToGpyBVYTVKbNXP2VNg9AA", 2))));
    }

    [Fact]
    public void Topics_that_do_not_exist_count_for_nothing()
    {
        Assert.Equal(0, HashOf(["keyed"], ClusterImage.Empty));
        Assert.Equal(521058347033676763, HashOf(["gone", "keyed"], Image(("keyed", "R5lWTyKpQSSg6CVyCPik4w", 5))));
    }

    [Fact]
    public void A_rack_of_a_replica_changes_the_hash()
    {
        var image = Image(("keyed", "R5lWTyKpQSSg6CVyCPik4w", 5));
        var racked = image with
        {
            Brokers = image.Brokers.Add(1, new BrokerImage { Id = 1, Epoch = 1, IncarnationId = Guid.Empty, Endpoints = [], Features = [], Rack = "r" }),
        };
        Assert.NotEqual(HashOf(["keyed"], image), HashOf(["keyed"], racked));
    }

    private static long HashOf(string[] topics, ClusterImage image) => new TopicsHash(image).Of(topics);

    private static ClusterImage Image(params (string Name, string Id, int Partitions)[] topics)
    {
        var image = ClusterImage.Empty;
        foreach (var (name, id, partitions) in topics)
        {
            Assert.True(KafkaUuid.TryParse(id, out var uuid));
            var topic = image.With("t", partitions).Topics.ByName["t"] with { Name = name, Id = uuid };
            image = image with
            {
                Topics = image.Topics with { ById = image.Topics.ById.Add(uuid, topic), ByName = image.Topics.ByName.Add(name, topic) },
            };
        }
        return image;
    }
}
