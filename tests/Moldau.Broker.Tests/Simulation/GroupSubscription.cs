namespace Moldau.Broker.Tests.Simulation;

/// <summary>What a group reads: some topics of equally many partitions.</summary>
internal sealed record GroupSubscription(string Group, int Partitions, IReadOnlyDictionary<string, Guid> Topics)
{
    private readonly Dictionary<Guid, string> _names = Topics.ToDictionary(topic => topic.Value, topic => topic.Key);

    public IEnumerable<string> TopicNames => Topics.Keys;

    public IEnumerable<(string Topic, int Partition)> All => PartitionsOf(TopicNames);

    public string NameOf(Guid topic) => _names[topic];

    public IEnumerable<(string Topic, int Partition)> PartitionsOf(IEnumerable<string> topics) =>
        topics.SelectMany(topic => Enumerable.Range(0, Partitions).Select(partition => (topic, partition)));
}
