using Moldau.Coordination.Groups.Modern;

using ClassicMetadata = Moldau.Protocol.Messages.ConsumerGroupMemberMetadataValue.ClassicMemberMetadataData;

namespace Moldau.Coordination.Groups.Consumer;

/// <summary>Where a member stands on its way from what it has to what it is to have; the numbers are stored.</summary>
internal enum MemberState : sbyte
{
    /// <summary>It has all that the target of its epoch gives it.</summary>
    Stable = 0,

    /// <summary>It has to give partitions up before it may go on to the next epoch.</summary>
    UnrevokedPartitions = 1,

    /// <summary>It waits for partitions that others have not given up yet.</summary>
    UnreleasedPartitions = 2,
}

/// <summary>A member of a consumer group, as its records have it. It never changes: a change makes another.</summary>
internal sealed record ConsumerMember : IModernMember
{
    public static readonly IReadOnlyDictionary<TopicIdPartition, int> NoPartitions = new Dictionary<TopicIdPartition, int>();

    public required string Id { get; init; }

    public string? InstanceId { get; init; }

    public string? RackId { get; init; }

    public string ClientId { get; init; } = "";

    public string ClientHost { get; init; } = "";

    /// <summary>The topics that it names, each once and in order.</summary>
    public IReadOnlyList<string> Topics { get; init; } = [];

    /// <summary>A pattern of further topics; empty where there is none.</summary>
    public string Pattern { get; init; } = "";

    /// <summary>Its pattern, if it has one.</summary>
    public IReadOnlyList<string> Patterns => Pattern.Length == 0 ? [] : [Pattern];

    /// <summary>How long it may take to give partitions up.</summary>
    public int RebalanceTimeoutMs { get; init; } = -1;

    /// <summary>The assignor for which it votes; null where it does not.</summary>
    public string? Assignor { get; init; }

    /// <summary>What a member said that speaks the classic protocol; null for all others.</summary>
    public ClassicMetadata? Classic { get; init; }

    public int Epoch { get; init; }

    public int PreviousEpoch { get; init; }

    public MemberState State { get; init; }

    /// <summary>The partitions that it has, each with the epoch in which it got it.</summary>
    public IReadOnlyDictionary<TopicIdPartition, int> Assigned { get; init; } = NoPartitions;

    /// <summary>The partitions that it has to give up, and has not said to have given up.</summary>
    public IReadOnlyDictionary<TopicIdPartition, int> PendingRevocation { get; init; } = NoPartitions;

    public bool SpeaksClassic => Classic is not null;

    public bool IsReconciledTo(int targetEpoch) => State == MemberState.Stable && Epoch == targetEpoch;

    /// <summary>
    /// The process that takes a static member's place. What that one had it has from now on: it may have been here before under the same id, and what
    /// it says as of then is over.
    /// </summary>
    public ConsumerMember SuccessorUnder(string id, int targetEpoch) => this with
    {
        Id = id,
        Epoch = 0,
        PreviousEpoch = 0,
        Assigned = Assigned.Keys.ToDictionary(partition => partition, _ => targetEpoch),
        PendingRevocation = PendingRevocation.Keys.ToDictionary(partition => partition, _ => targetEpoch),
    };

    /// <summary>Each name once, in the order in which they are stored.</summary>
    public static IReadOnlyList<string> Sorted(IEnumerable<string> topics) =>
        [.. topics.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];

    /// <summary>Whether the member says of itself what it said before.</summary>
    public bool SaysTheSameAs(ConsumerMember other) =>
        InstanceId == other.InstanceId
        && RackId == other.RackId
        && ClientId == other.ClientId
        && ClientHost == other.ClientHost
        && HasSubscriptionOf(other)
        && Pattern == other.Pattern
        && RebalanceTimeoutMs == other.RebalanceTimeoutMs
        && Assignor == other.Assignor
        && IsSame(Classic, other.Classic);

    public bool HasSubscriptionOf(ConsumerMember other) => Topics.SequenceEqual(other.Topics, StringComparer.Ordinal);

    private static bool IsSame(ClassicMetadata? one, ClassicMetadata? other)
    {
        if (one is null || other is null) return one is null && other is null;
        return one.SessionTimeoutMs == other.SessionTimeoutMs
            && one.SupportedProtocols.Count == other.SupportedProtocols.Count
            && one.SupportedProtocols.Zip(other.SupportedProtocols).All(pair =>
                pair.First.Name == pair.Second.Name && pair.First.Metadata.AsSpan().SequenceEqual(pair.Second.Metadata));
    }
}
