using Confluent.Kafka;

namespace Moldau.Cli.Clients;

/// <summary>The topics of a cluster as far as a user may see them, its brokers, and which of these leads what.</summary>
internal sealed class ClusterMap(IReadOnlyList<TopicMetadata> topics, IReadOnlyList<BrokerMetadata> brokers)
{
    public static readonly ClusterMap Empty = new([], []);

    private readonly Dictionary<string, Dictionary<int, int>> _leaders =
        topics.ToDictionary(topic => topic.Topic, topic => topic.Partitions.ToDictionary(partition => partition.PartitionId, partition => partition.Leader));

    private readonly Dictionary<int, BrokerMetadata> _brokers = brokers.ToDictionary(broker => broker.BrokerId);

    public IReadOnlyList<TopicMetadata> Topics => topics;

    public IReadOnlyList<BrokerMetadata> Brokers => brokers;

    /// <summary>Null where none does.</summary>
    public BrokerMetadata? LeaderOf(TopicPartition partition) =>
        _leaders.GetValueOrDefault(partition.Topic) is { } leaders && leaders.TryGetValue(partition.Partition.Value, out int leader) ? _brokers.GetValueOrDefault(leader) : null;

    /// <summary>The number of partitions; 0 where the topic does not exist.</summary>
    public int Partitions(string topic) => _leaders.GetValueOrDefault(topic)?.Count ?? 0;
}
