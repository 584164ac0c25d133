using Moldau.Protocol.Messages;

namespace Moldau.Coordination.Metadata;

/// <summary>What decisions about topics must know of configuration. The broker's table of keys answers.</summary>
internal interface ITopicConfigRules
{
    /// <summary>What is wrong with settings that a new topic is to have; null where they are valid.</summary>
    string? Problem(ClusterImage image, IReadOnlyDictionary<string, string> settings);

    /// <summary>All of a topic's configuration as CreateTopics tells it: what it sets itself, else the broker's default for it.</summary>
    List<CreateTopicsResponse.CreatableTopicConfigs> Describe(ClusterImage image, IReadOnlyDictionary<string, string> settings);
}

/// <summary>Where new partitions go, and what their topics get when the request leaves it open.</summary>
internal sealed record TopicPlacement
{
    public required int NodeId { get; init; }

    public required Guid LogDirectoryId { get; init; }

    /// <summary>num.partitions</summary>
    public int DefaultPartitions { get; init; } = 1;

    /// <summary>default.replication.factor</summary>
    public short DefaultReplicationFactor { get; init; } = 1;
}
