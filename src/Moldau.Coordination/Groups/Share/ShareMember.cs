using Moldau.Coordination.Groups.Modern;

namespace Moldau.Coordination.Groups.Share;

/// <summary>
/// A member of a share group, as its records have it. It never changes: a change makes another. Since members share partitions, none has to
/// give anything up before another may have it.
/// </summary>
internal sealed record ShareMember : IModernMember
{
    /// <summary>Members choose their ids themselves, as a rule UUIDs; Kafka takes no longer ones.</summary>
    public const int IdCharactersMax = 36;

    public static readonly IReadOnlySet<TopicIdPartition> NoPartitions = new HashSet<TopicIdPartition>();

    public required string Id { get; init; }

    /// <summary>There are no static members in share groups.</summary>
    public string? InstanceId => null;

    public string? RackId { get; init; }

    public string ClientId { get; init; } = "";

    public string ClientHost { get; init; } = "";

    /// <summary>The topics that it names, each once and in order.</summary>
    public IReadOnlyList<string> Topics { get; init; } = [];

    public int Epoch { get; init; }

    public int PreviousEpoch { get; init; }

    public IReadOnlySet<TopicIdPartition> Assigned { get; init; } = NoPartitions;

    public bool HasSubscriptionOf(ShareMember other) => Topics.SequenceEqual(other.Topics, StringComparer.Ordinal);

    /// <summary>Whether the member says of itself what it said before.</summary>
    public bool SaysTheSameAs(ShareMember other) =>
        RackId == other.RackId && ClientId == other.ClientId && ClientHost == other.ClientHost && HasSubscriptionOf(other);
}
