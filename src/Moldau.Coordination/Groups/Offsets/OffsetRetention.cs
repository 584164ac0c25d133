using Moldau.Coordination.Groups.Classic;
using Moldau.Coordination.Groups.Consumer;
using Moldau.Coordination.Groups.Streams;
using Moldau.Protocol.Messages;

namespace Moldau.Coordination.Groups.Offsets;

/// <summary>
/// Which committed offsets are kept no longer (<c>offsets.retention.minutes</c>, KIP-211). A group that has members keeps those of the topics
/// that they read; one that has none keeps all for a while. Offsets that a transaction may yet replace are never among them.
/// </summary>
internal static class OffsetRetention
{
    /// <summary>Before any commit, which then counts itself.</summary>
    private const long Always = -1;

    private static readonly IReadOnlySet<string> NoTopics = new HashSet<string>();

    /// <summary>Writes the tombstones of a classic group's expired offsets; true if nothing of the group is worth keeping after that.</summary>
    public static bool Expire(ClassicGroup group, DurableGroups durable, Turn turn)
    {
        // Whoever has been given an id is about to join.
        bool isUnused = group.Phase == GroupPhase.Empty && group.IdsHandedOut.Count == 0;
        return RuleOf(group) is { } rule && HasOnlyExpired(group.Id, rule, durable, turn) && isUnused;
    }

    /// <inheritdoc cref="Expire(ClassicGroup, DurableGroups, Turn)"/>
    /// <remarks>
    /// Kafka does not store when the last member of a consumer group left, and goes by the commits alone: there a group that has read nothing new for
    /// long loses its offsets as soon as it has no members for a moment. Here the time of the target assignment for nobody tells it.
    /// </remarks>
    public static bool Expire(ConsumerGroup group, long? emptySinceMs, DurableGroups durable, Turn turn) =>
        HasOnlyExpired(group.Id, new Rule(emptySinceMs ?? Always, ConsumerGroupOffsets.SubscribedTopics(group)), durable, turn) && group.Members.Count == 0;

    /// <inheritdoc cref="Expire(ConsumerGroup, long?, DurableGroups, Turn)"/>
    public static bool Expire(StreamsGroup group, long? emptySinceMs, DurableGroups durable, Turn turn) =>
        HasOnlyExpired(group.Id, new Rule(emptySinceMs ?? Always, StreamsGroupOffsets.SubscribedTopics(group)), durable, turn) && group.Members.Count == 0;

    /// <summary>Null where nothing expires: in a rebalance, and where it cannot be told what members read.</summary>
    private static Rule? RuleOf(ClassicGroup group) => group switch
    {
        // Consumers on their own, whose group never had a member.
        { ProtocolType: "" } => new Rule(Always, NoTopics),
        { Phase: GroupPhase.Empty } => new Rule(group.PhaseSinceMs, NoTopics),
        { Phase: GroupPhase.Stable, SubscribedTopics: { } topics } => new Rule(Always, topics),
        _ => null,
    };

    private static bool HasOnlyExpired(string groupId, Rule rule, DurableGroups durable, Turn turn)
    {
        bool isAll = !durable.Pending.Knows(groupId);
        foreach (var (partition, offset) in durable.Offsets(groupId))
        {
            if (rule.IsExpired(partition.Topic, offset, turn) && !durable.Pending.Has(groupId, partition))
                turn.Decision.Append(GroupRecords.Gone(groupId, partition));
            else isAll = false;
        }
        return isAll;
    }

    /// <param name="UnusedSinceMs">When the group's last member left, if that is known.</param>
    /// <param name="InUse">The topics of which nothing expires.</param>
    private readonly record struct Rule(long UnusedSinceMs, IReadOnlySet<string> InUse)
    {
        /// <summary>
        /// An expiry that the client chose itself, as older ones could, goes before the retention. That counts from the commit or from the group's
        /// end, whichever was later: Kafka takes the end alone, and so drops what was committed for the dead group a moment ago.
        /// </summary>
        public bool IsExpired(string topic, OffsetCommitValue offset, Turn turn)
        {
            if (InUse.Contains(topic)) return false;
            if (offset.ExpireTimestamp >= 0) return turn.UtcMs >= offset.ExpireTimestamp;
            return turn.UtcMs - Math.Max(UnusedSinceMs, offset.CommitTimestamp) >= turn.Settings.OffsetRetentionMs;
        }
    }
}
