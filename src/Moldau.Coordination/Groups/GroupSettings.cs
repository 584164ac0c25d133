using Moldau.Coordination.Groups.Consumer;
using Moldau.Coordination.Groups.Share;
using Moldau.Coordination.Groups.Streams;

namespace Moldau.Coordination.Groups;

/// <summary>What the group coordinator can be told; the names of the settings in Kafka's configuration stand beside them.</summary>
internal sealed record GroupSettings
{
    /// <summary><c>group.min.session.timeout.ms</c></summary>
    public int SessionTimeoutMsMin { get; init; } = 6_000;

    /// <summary><c>group.max.session.timeout.ms</c></summary>
    public int SessionTimeoutMsMax { get; init; } = 1_800_000;

    /// <summary><c>group.initial.rebalance.delay.ms</c>: how long the first members of an empty group wait for more of them.</summary>
    public int InitialRebalanceDelayMs { get; init; }

    /// <summary><c>group.max.size</c></summary>
    public int MembersMax { get; init; } = int.MaxValue;

    /// <summary><c>offset.metadata.max.bytes</c>, which counts UTF-16 units in spite of its name.</summary>
    public int OffsetMetadataMax { get; init; } = 4_096;

    /// <summary><c>offsets.retention.minutes</c>: how long the offsets of a group without members, and of topics that nobody reads, are kept.</summary>
    public long OffsetRetentionMs { get; init; } = 7 * 24 * 60 * 60_000L;

    /// <summary><c>offsets.retention.check.interval.ms</c></summary>
    public long OffsetRetentionCheckMs { get; init; } = 600_000;

    /// <summary>
    /// How long a member that was never answered may wait in its first join. It knows no id and cannot send heartbeats, and a client that
    /// gave up comes back as another member; without this limit such members would pile up in a long rebalance.
    /// </summary>
    public int FirstJoinTimeoutMs { get; init; } = 300_000;

    /// <summary>Of the groups of the consumer protocol.</summary>
    public ConsumerGroupSettings Consumer { get; init; } = new();

    /// <summary>Of share groups.</summary>
    public ShareGroupSettings Share { get; init; } = new();

    /// <summary>Of the groups of the streams protocol.</summary>
    public StreamsGroupSettings Streams { get; init; } = new();
}
