using Moldau.Coordination.Metadata;
using Topology = Moldau.Protocol.Messages.StreamsGroupTopologyValue;

namespace Moldau.Coordination.Groups.Streams;

/// <summary>Finds the topics of a topology, or what is wrong with them.</summary>
internal static class TopologyResolution
{
    /// <summary>All tasks of a group are divided at once, and a member's fit into one record.</summary>
    public const int TasksMax = 50_000;

    /// <summary>So many topics are named in a fault; all of a large topology would make an answer that nobody reads.</summary>
    private const int NamedMax = 10;

    public static ResolvedTopology Resolve(Topology topology, TopicsImage topics)
    {
        var resolved = Find(topology, topics);
        return resolved with { Tasks = PossibleTasks.Of(topology, resolved.Subtopologies) };
    }

    /// <summary>Every topic that the topology reads, or keeps state in.</summary>
    public static IEnumerable<string> TopicsOf(Topology topology) => topology.Subtopologies.SelectMany(subtopology => subtopology.SourceTopics
        .Concat(subtopology.RepartitionSourceTopics.Select(topic => topic.Name))
        .Concat(subtopology.StateChangelogTopics.Select(topic => topic.Name)))
        .Distinct(StringComparer.Ordinal);

    private static ResolvedTopology Find(Topology topology, TopicsImage topics)
    {
        if (TopologyRules.Check(topology) is { IsNone: false } senseless) return new ResolvedTopology { Refusal = senseless };
        string[] missingSources = [.. Missing(topology.Subtopologies.SelectMany(subtopology => subtopology.SourceTopics), topics)];
        if (missingSources.Length > 0)
        {
            return new ResolvedTopology
            {
                Fault = new TopologyFault(StreamsStatus.MissingSourceTopics, $"These source topics do not exist: {Named(missingSources)}."),
            };
        }
        var counts = new PartitionCounts(topology, topics);
        if (counts.Fault is { } uneven) return new ResolvedTopology { Fault = uneven };
        long tasks = topology.Subtopologies.Sum(subtopology => (long)counts.TasksOf(subtopology));
        if (tasks > TasksMax) return new ResolvedTopology { Fault = TooManyTasks(tasks) };
        var wanted = InternalTopicsOf(topology, counts);
        if (Misfit(wanted, topics) is { } misfit) return new ResolvedTopology { Fault = misfit };
        string[] missing = [.. Missing(wanted.Keys, topics)];
        return new ResolvedTopology
        {
            Subtopologies = topology.Subtopologies.ConvertAll(subtopology =>
                new ResolvedSubtopology(subtopology.SubtopologyId, counts.TasksOf(subtopology), subtopology.StateChangelogTopics.Count > 0)),
            InternalTopics = wanted,
            Missing = [.. missing.Select(name => wanted[name])],
            Fault = missing.Length == 0 ? null : new TopologyFault(
                StreamsStatus.MissingInternalTopics, $"These internal topics do not exist yet and are being made: {Named(missing)}."),
        };
    }

    private static Dictionary<string, InternalTopic> InternalTopicsOf(Topology topology, PartitionCounts counts)
    {
        var topics = new Dictionary<string, InternalTopic>(StringComparer.Ordinal);
        foreach (var subtopology in topology.Subtopologies)
        {
            var changelogs = subtopology.StateChangelogTopics.Where(topic => !subtopology.SourceTopics.Contains(topic.Name));
            foreach (var topic in subtopology.RepartitionSourceTopics.Concat(changelogs))
                topics[topic.Name] = new InternalTopic(topic, counts.Of(topic.Name));
        }
        return topics;
    }

    private static TopologyFault TooManyTasks(long tasks) => new(
        StreamsStatus.IncorrectlyPartitionedTopics,
        $"The topology would have {tasks} tasks, since there is one for each partition of its topics; at most {TasksMax} are possible.");

    private static TopologyFault? Misfit(Dictionary<string, InternalTopic> wanted, TopicsImage topics)
    {
        foreach (var (name, topic) in wanted.OrderBy(topic => topic.Key, StringComparer.Ordinal))
        {
            if (topics.ByName.TryGetValue(name, out var there) && there.Partitions.Length != topic.Partitions)
            {
                return new TopologyFault(
                    StreamsStatus.IncorrectlyPartitionedTopics,
                    $"The internal topic '{name}' has {there.Partitions.Length} partitions and needs {topic.Partitions}.");
            }
        }
        return null;
    }

    private static IEnumerable<string> Missing(IEnumerable<string> names, TopicsImage topics) =>
        names.Where(name => !topics.ByName.ContainsKey(name)).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal);

    private static string Named(string[] names) =>
        string.Join(", ", names.Take(NamedMax)) + (names.Length > NamedMax ? $" and {names.Length - NamedMax} more" : "");
}
