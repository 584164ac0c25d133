namespace Moldau.Broker.Tests.Simulation;

/// <summary>What a group reads: some topics, which may grow, and of which one may be made anew.</summary>
internal sealed class GroupSubscription(string group, SimulatedTopics topics)
{
    public string Group => group;

    public SimulatedTopics Topics => topics;

    /// <summary>Partitions as they are called where topics have nothing but names.</summary>
    public IEnumerable<(string Topic, int Partition)> Named(IEnumerable<(string Topic, int Partition)> partitions) =>
        partitions.Select(partition => (topics.NameOf(partition.Topic), partition.Partition)).Distinct();

    /// <summary>The partitions of the topics that there are under these names, or were last.</summary>
    public IEnumerable<(string Topic, int Partition)> Entitled(IEnumerable<(string Topic, int Partition)> named) =>
        named.Select(partition => (topics.TitleOf(partition.Topic), partition.Partition));
}
