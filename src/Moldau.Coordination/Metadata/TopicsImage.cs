using System.Collections.Immutable;

namespace Moldau.Coordination.Metadata;

/// <summary>The topics of an image, found by id and by name.</summary>
internal sealed record TopicsImage
{
    public static readonly TopicsImage Empty = new();

    public ImmutableDictionary<Guid, TopicImage> ById { get; init; } = ImmutableDictionary<Guid, TopicImage>.Empty;

    public ImmutableDictionary<string, TopicImage> ByName { get; init; } =
        ImmutableDictionary.Create<string, TopicImage>(StringComparer.Ordinal);

    /// <summary>How many topics share a name when dots are read as underscores; only names that hold either are counted.</summary>
    public ImmutableDictionary<string, int> CollisionNames { get; init; } = ImmutableDictionary.Create<string, int>(StringComparer.Ordinal);
}

/// <summary>A topic; its partitions are numbered from 0 without a gap.</summary>
internal sealed record TopicImage(string Name, Guid Id, ImmutableArray<PartitionImage> Partitions)
{
    public bool IsInternal => TopicNames.IsInternal(Name);
}

/// <summary>A partition as the metadata log has it.</summary>
internal sealed record PartitionImage
{
    public const int NoLeader = -1;

    public required int Index { get; init; }

    public required ImmutableArray<int> Replicas { get; init; }

    public required ImmutableArray<int> Isr { get; init; }

    public ImmutableArray<int> RemovingReplicas { get; init; } = [];

    public ImmutableArray<int> AddingReplicas { get; init; } = [];

    /// <summary>Replicas out of the ISR that have every committed record all the same (KIP-966).</summary>
    public ImmutableArray<int> EligibleLeaderReplicas { get; init; } = [];

    public ImmutableArray<int> LastKnownElr { get; init; } = [];

    /// <summary>The log directory of each replica, in the order of <see cref="Replicas"/>.</summary>
    public ImmutableArray<Guid> Directories { get; init; } = [];

    public required int Leader { get; init; }

    public required int LeaderEpoch { get; init; }

    public required int PartitionEpoch { get; init; }

    public sbyte LeaderRecoveryState { get; init; }
}
