using Moldau.Protocol.Wire;
using Requested = Moldau.Protocol.Messages.StreamsGroupHeartbeatRequest;
using Stored = Moldau.Protocol.Messages.StreamsGroupTopologyValue;

namespace Moldau.Coordination.Groups.Streams;

/// <summary>A topology as a request has it, and as it is stored.</summary>
internal static class TopologyRequests
{
    public static Stored ToStored(Requested.TopologyData topology) => new()
    {
        Epoch = topology.Epoch,
        Subtopologies = topology.Subtopologies.ConvertAll(subtopology => new Stored.Subtopology
        {
            SubtopologyId = subtopology.SubtopologyId,
            SourceTopics = subtopology.SourceTopics,
            SourceTopicRegex = subtopology.SourceTopicRegex,
            StateChangelogTopics = subtopology.StateChangelogTopics.ConvertAll(ToStored),
            RepartitionSinkTopics = subtopology.RepartitionSinkTopics,
            RepartitionSourceTopics = subtopology.RepartitionSourceTopics.ConvertAll(ToStored),
            CopartitionGroups = subtopology.CopartitionGroups.ConvertAll(group => new Stored.CopartitionGroup
            {
                SourceTopics = group.SourceTopics,
                SourceTopicRegex = group.SourceTopicRegex,
                RepartitionSourceTopics = group.RepartitionSourceTopics,
            }),
        }),
    };

    /// <summary>The order of the subtopologies does not matter; all else does.</summary>
    public static bool AreEqual(Stored one, Stored other)
    {
        using WireWriter oneBytes = new(), otherBytes = new();
        Ordered(one).Write(oneBytes, version: 0);
        Ordered(other).Write(otherBytes, version: 0);
        return oneBytes.Written.Span.SequenceEqual(otherBytes.Written.Span);
    }

    private static Stored Ordered(Stored topology) => new()
    {
        Epoch = topology.Epoch,
        Subtopologies = [.. topology.Subtopologies.OrderBy(subtopology => subtopology.SubtopologyId, StringComparer.Ordinal)],
    };

    private static Stored.TopicInfo ToStored(Requested.TopicInfo topic) => new()
    {
        Name = topic.Name,
        Partitions = topic.Partitions,
        ReplicationFactor = topic.ReplicationFactor,
        TopicConfigs = topic.TopicConfigs.ConvertAll(config => new Stored.TopicConfig { Key = config.Key, Value = config.Value }),
    };
}
