using Moldau.Coordination.Metadata;
using Moldau.Protocol;
using Topology = Moldau.Protocol.Messages.StreamsGroupTopologyValue;

namespace Moldau.Coordination.Groups.Streams;

/// <summary>
/// What a topology must be like, whatever topics there are. Where Kafka meets a topology that it did not expect with an unexpected error,
/// the code and the silence are kept: clients have no other for it.
/// </summary>
internal static class TopologyRules
{
    /// <summary>The topics of a topology are looked at one by one, and each with others, while the groups of the same shard wait.</summary>
    private const int SubtopologiesMax = 1_000, TopicsMax = 10_000;

    /// <summary>An answer may name a subtopology with each of its tasks. Kafka Streams numbers them.</summary>
    private const int IdLengthMax = 100;

    private static readonly Refusal Unexpected = new(ErrorCode.UnknownServerError, null);

    public static Refusal Check(Topology topology)
    {
        if (topology.Subtopologies.Exists(subtopology => subtopology.SourceTopicRegex.Count > 0))
        {
            return new(
                ErrorCode.InvalidRequest,
                "The topology reads topics by a pattern. Groups of the streams protocol cannot: name the topics, or use the classic protocol.");
        }
        int topics = topology.Subtopologies.Sum(subtopology => NamesIn(subtopology).Count());
        if (topology.Subtopologies.Count > SubtopologiesMax || topics > TopicsMax)
        {
            return Invalid(
                $"The topology has {topology.Subtopologies.Count} subtopologies that name {topics} topics; "
                + $"at most {SubtopologiesMax} and {TopicsMax} are possible.");
        }
        if (topology.Subtopologies.Find(subtopology => subtopology.SubtopologyId.Length > IdLengthMax) is { SubtopologyId.Length: int length })
            return Invalid($"The id of a subtopology has {length} characters; at most {IdLengthMax} are possible.");
        if (NameProblem(topology) is { } problem) return Invalid(problem);
        if (topology.Epoch < 0 || HasRepetition(topology) || !topology.Subtopologies.TrueForAll(HasGoodCopartitions)) return Unexpected;
        if (topology.Subtopologies.Find(subtopology => !HasSource(subtopology)) is { } sourceless)
            return Invalid($"Subtopology '{sourceless.SubtopologyId}' reads no topic, so it would have no tasks.");
        foreach (var changelog in topology.Subtopologies.SelectMany(subtopology => subtopology.StateChangelogTopics))
        {
            if (changelog.Partitions != 0)
                return Invalid($"The changelog topic '{changelog.Name}' asks for {changelog.Partitions} partitions; it gets one for each task.");
        }
        return UncountedTopic(topology) is { } uncounted
            ? Invalid($"How many partitions the repartition topic '{uncounted}' needs follows from no topic: nothing that writes to it reads one.")
            : default;
    }

    private static string? NameProblem(Topology topology)
    {
        foreach (string name in topology.Subtopologies.SelectMany(NamesIn))
        {
            if (TopicNames.Problem(name) is { } problem) return problem;
            if (TopicNames.IsInternal(name) || name == TopicNames.ClusterMetadata)
                return $"The topic '{name}' is the broker's own; a topology cannot use it.";
        }
        return null;
    }

    private static IEnumerable<string> NamesIn(Topology.Subtopology subtopology) =>
        subtopology.SourceTopics
            .Concat(subtopology.RepartitionSinkTopics)
            .Concat(subtopology.RepartitionSourceTopics.Select(topic => topic.Name))
            .Concat(subtopology.StateChangelogTopics.Select(topic => topic.Name));

    private static bool HasRepetition(Topology topology)
    {
        bool hasSubtopologyTwice = topology.Subtopologies.DistinctBy(subtopology => subtopology.SubtopologyId).Count() < topology.Subtopologies.Count;
        return hasSubtopologyTwice || topology.Subtopologies.Exists(subtopology =>
            HasNameTwice(subtopology.StateChangelogTopics) || HasNameTwice(subtopology.RepartitionSourceTopics));
    }

    private static bool HasNameTwice(List<Topology.TopicInfo> topics) => topics.DistinctBy(topic => topic.Name).Count() < topics.Count;

    private static bool HasGoodCopartitions(Topology.Subtopology subtopology) => subtopology.CopartitionGroups.TrueForAll(group =>
        group.SourceTopics.TrueForAll(index => index >= 0 && index < subtopology.SourceTopics.Count)
        && group.RepartitionSourceTopics.TrueForAll(index => index >= 0 && index < subtopology.RepartitionSourceTopics.Count)
        && group.SourceTopicRegex.Count == 0);

    private static bool HasSource(Topology.Subtopology subtopology) =>
        subtopology.SourceTopics.Count > 0 || subtopology.RepartitionSourceTopics.Count > 0;

    /// <summary>A repartition topic whose number of partitions is left open, and that nothing with known partitions leads to.</summary>
    private static string? UncountedTopic(Topology topology)
    {
        var open = topology.Subtopologies.SelectMany(subtopology => subtopology.RepartitionSourceTopics)
            .Where(topic => topic.Partitions == 0).Select(topic => topic.Name).ToHashSet(StringComparer.Ordinal);
        bool hasFound;
        do
        {
            hasFound = false;
            foreach (var subtopology in topology.Subtopologies)
            {
                bool readsCounted = subtopology.SourceTopics.Count > 0 || subtopology.RepartitionSourceTopics.Exists(topic => !open.Contains(topic.Name));
                foreach (string sink in readsCounted ? subtopology.RepartitionSinkTopics : []) hasFound |= open.Remove(sink);
            }
        }
        while (hasFound);
        return open.Order(StringComparer.Ordinal).FirstOrDefault();
    }

    private static Refusal Invalid(string message) => new(ErrorCode.StreamsInvalidTopology, message);
}
