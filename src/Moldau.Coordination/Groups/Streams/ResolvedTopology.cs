using Moldau.Coordination.Metadata;
using Topology = Moldau.Protocol.Messages.StreamsGroupTopologyValue;

namespace Moldau.Coordination.Groups.Streams;

/// <summary>A subtopology under the topics that there are: so many tasks, with state or without.</summary>
internal sealed record ResolvedSubtopology(string Id, int Tasks, bool IsStateful);

/// <summary>An internal topic, and how many partitions it has or is to get.</summary>
internal sealed record InternalTopic(Topology.TopicInfo Wanted, int Partitions);

/// <summary>A topology under the topics that there are.</summary>
internal sealed record ResolvedTopology
{
    /// <summary>Null where there is none: all topics are there, and fit it.</summary>
    public TopologyFault? Fault { get; init; }

    /// <summary>What is wrong with the topology whatever topics there are. Kafka stores one unseen while a source topic is missing.</summary>
    public Refusal Refusal { get; init; }

    public bool IsReady => Fault is null && Refusal.IsNone;

    /// <summary>Empty where the fault is one of the topics that the user makes.</summary>
    public IReadOnlyList<ResolvedSubtopology> Subtopologies { get; init; } = [];

    /// <summary>The internal topics by name, those that are there and those that are not.</summary>
    public IReadOnlyDictionary<string, InternalTopic> InternalTopics { get; init; } = new Dictionary<string, InternalTopic>();

    /// <summary>The internal topics that are not there.</summary>
    public IReadOnlyList<InternalTopic> Missing { get; init; } = [];

    /// <summary>Those of the subtopologies, or where these are empty all that there may be.</summary>
    public PossibleTasks Tasks { get; init; } = PossibleTasks.None;
}
