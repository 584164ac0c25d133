using System.Collections.Immutable;
using Moldau.Protocol.Messages;

namespace Moldau.Coordination.Metadata;

/// <summary>
/// All that the metadata log says, at one of its offsets. It never changes: a request takes one image and reads it from beginning to end.
/// Parts that nothing acts on yet are kept as the records that said them, so that a snapshot can say them again.
/// </summary>
internal sealed record ClusterImage
{
    public static readonly ClusterImage Empty = new();

    /// <summary>Finalized feature levels; a feature at level 0 is not in it.</summary>
    public ImmutableSortedDictionary<string, short> Features { get; init; } =
        ImmutableSortedDictionary.Create<string, short>(StringComparer.Ordinal);

    public TopicsImage Topics { get; init; } = TopicsImage.Empty;

    /// <summary>What was set explicitly, per resource. A resource without any setting is not in it.</summary>
    public ImmutableDictionary<ConfigResource, ImmutableSortedDictionary<string, string>> Configs { get; init; } =
        ImmutableDictionary<ConfigResource, ImmutableSortedDictionary<string, string>>.Empty;

    public ImmutableSortedDictionary<int, BrokerImage> Brokers { get; init; } = ImmutableSortedDictionary<int, BrokerImage>.Empty;

    public ImmutableSortedDictionary<int, RegisterControllerRecord> Controllers { get; init; } =
        ImmutableSortedDictionary<int, RegisterControllerRecord>.Empty;

    public ImmutableSortedDictionary<ScramUser, UserScramCredentialRecord> ScramCredentials { get; init; } =
        ImmutableSortedDictionary<ScramUser, UserScramCredentialRecord>.Empty;

    public ImmutableDictionary<Guid, AccessControlEntryRecord> Acls { get; init; } =
        ImmutableDictionary<Guid, AccessControlEntryRecord>.Empty;

    public ImmutableSortedDictionary<string, ClientQuotaRecord> Quotas { get; init; } =
        ImmutableSortedDictionary.Create<string, ClientQuotaRecord>(StringComparer.Ordinal);

    public ImmutableSortedDictionary<string, DelegationTokenRecord> DelegationTokens { get; init; } =
        ImmutableSortedDictionary.Create<string, DelegationTokenRecord>(StringComparer.Ordinal);

    /// <summary>The last block of producer ids that was handed out; the next one begins at its NextProducerId.</summary>
    public ProducerIdsRecord? ProducerIds { get; init; }

    /// <summary>What held before the metadata transaction that is open; null when none is. An abort goes back to it.</summary>
    public ClusterImage? BeforeTransaction { get; init; }

    public long NextProducerId => ProducerIds?.NextProducerId ?? 0;

    /// <summary>What was set explicitly for the resource; empty where nothing was.</summary>
    public ImmutableSortedDictionary<string, string> ConfigOf(ConfigResource resource) =>
        Configs.GetValueOrDefault(resource) ?? ConfigResource.NoSettings;
}

/// <summary>What configuration can be set for, by Kafka's codes.</summary>
internal enum ConfigResourceType : sbyte
{
    Topic = 2,
    Broker = 4,
    BrokerLogger = 8,
    ClientMetrics = 16,
    Group = 32,
}

/// <summary>Something that has configuration. The broker with the empty name stands for all brokers.</summary>
internal readonly record struct ConfigResource(ConfigResourceType Type, string Name)
{
    public static readonly ImmutableSortedDictionary<string, string> NoSettings =
        ImmutableSortedDictionary.Create<string, string>(StringComparer.Ordinal);

    public static readonly ConfigResource AllBrokers = new(ConfigResourceType.Broker, "");

    public static ConfigResource Topic(string name) => new(ConfigResourceType.Topic, name);
}

/// <summary>A user in the view of one SCRAM mechanism (1 is SCRAM-SHA-256, 2 is SCRAM-SHA-512): he has a credential for each.</summary>
internal readonly record struct ScramUser(string Name, sbyte Mechanism) : IComparable<ScramUser>
{
    public int CompareTo(ScramUser other) =>
        string.CompareOrdinal(Name, other.Name) is not 0 and var byName ? byName : Mechanism.CompareTo(other.Mechanism);
}

/// <summary>A registered broker. The epoch is the offset of its registration, so it tells one run of a broker from the next.</summary>
internal sealed record BrokerImage
{
    public required int Id { get; init; }

    public required long Epoch { get; init; }

    public required Guid IncarnationId { get; init; }

    public required List<RegisterBrokerRecord.BrokerEndpoint> Endpoints { get; init; }

    public required List<RegisterBrokerRecord.BrokerFeature> Features { get; init; }

    public string? Rack { get; init; }

    public bool Fenced { get; init; }

    public bool InControlledShutdown { get; init; }

    public ImmutableArray<Guid> LogDirs { get; init; } = [];

    public ImmutableArray<Guid>? CordonedLogDirs { get; init; }
}
