using Confluent.Kafka;
using Moldau.Cli.Clients;

namespace Moldau.Cli.Tests.Clients;

public class ClusterMapTests
{
    [Fact]
    public void A_partition_has_a_leader_where_that_broker_is_known()
    {
        var map = new ClusterMap([Topic("t", new(0, 1, [], [], null), new(1, 2, [], [], null))], [new BrokerMetadata(1, "here", 9092)]);
        Assert.Equal("here", map.LeaderOf(new TopicPartition("t", 0))?.Host);
        Assert.Null(map.LeaderOf(new TopicPartition("t", 1)));
        Assert.Null(map.LeaderOf(new TopicPartition("t", 2)));
        Assert.Null(map.LeaderOf(new TopicPartition("no", 0)));
        Assert.Equal((2, 0), (map.Partitions("t"), map.Partitions("no")));
    }

    /// <summary>A search from the beginning for each would take minutes.</summary>
    [Fact(Timeout = 20_000)]
    public async Task The_leaders_of_very_many_partitions_are_found_at_once()
    {
        const int Partitions = 400_000;
        await Task.Run(() =>
        {
            var map = new ClusterMap([Topic("t", [.. Enumerable.Range(0, Partitions).Select(p => new PartitionMetadata(p, 1, [], [], null))])], [new BrokerMetadata(1, "here", 9092)]);
            Assert.All(Enumerable.Range(0, Partitions), p => Assert.NotNull(map.LeaderOf(new TopicPartition("t", p))));
        }, TestContext.Current.CancellationToken);
    }

    private static TopicMetadata Topic(string name, params List<PartitionMetadata> partitions) => new(name, partitions, null);
}
