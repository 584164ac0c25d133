namespace Moldau.Broker.Tests.Simulation;

/// <summary>What a group reads: some topics, which may grow.</summary>
internal sealed class GroupSubscription(string group, int partitions, IReadOnlyDictionary<string, Guid> topics)
{
    private readonly Dictionary<Guid, string> _names = topics.ToDictionary(topic => topic.Value, topic => topic.Key);
    private readonly Dictionary<string, int> _partitions = topics.Keys.ToDictionary(topic => topic, _ => partitions);

    public string Group => group;

    public IReadOnlyDictionary<string, Guid> Topics => topics;

    public IEnumerable<string> TopicNames => topics.Keys;

    public IEnumerable<(string Topic, int Partition)> All => PartitionsOf(TopicNames);

    public string NameOf(Guid topic) => _names[topic];

    public IEnumerable<(string Topic, int Partition)> PartitionsOf(IEnumerable<string> names) =>
        names.SelectMany(topic => Enumerable.Range(0, _partitions[topic]).Select(partition => (topic, partition)));

    public void Grow(string topic, int to) => _partitions[topic] = to;
}
