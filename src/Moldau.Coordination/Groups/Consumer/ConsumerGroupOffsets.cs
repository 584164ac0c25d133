using Moldau.Coordination.Groups.Modern;
using Moldau.Protocol;
using Moldau.Protocol.Messages;

namespace Moldau.Coordination.Groups.Consumer;

/// <summary>Who may commit and read the offsets of a consumer group: its members by their epoch, and anybody while it is empty.</summary>
internal static class ConsumerGroupOffsets
{
    public static ErrorCode CheckCommit(ConsumerGroup group, OffsetCommitRequest request, short version) => MemberOffsets.CheckCommit(
        group.Members.Count == 0, group.Member(request.MemberId), request, version,
        partitions => HasHadAll(group, request.MemberId, request.GenerationIdOrMemberEpoch, partitions));

    public static ErrorCode CheckCommit(ConsumerGroup group, TxnOffsetCommitRequest request, short version) => MemberOffsets.CheckCommit(
        group.Members.Count == 0, group.Member(request.MemberId), request, version,
        partitions => HasHadAll(group, request.MemberId, request.GenerationIdOrMemberEpoch, partitions));

    public static ErrorCode CheckFetch(ConsumerGroup group, OffsetFetchRequest.OffsetFetchRequestGroup request) =>
        MemberOffsets.CheckFetch(group.Member, request);

    /// <summary>Every topic that a member gets, or may get.</summary>
    public static HashSet<string> SubscribedTopics(ConsumerGroup group)
    {
        var topics = group.MembersByTopic.Keys.ToHashSet(StringComparer.Ordinal);
        foreach (var resolved in group.Patterns.Values) topics.UnionWith(resolved.Topics);
        return topics;
    }

    /// <summary>
    /// A commit that was under way when the epoch went up is good for what the member has held since before that (KIP-1251), in whichever
    /// protocol it comes.
    /// </summary>
    private static bool HasHadAll(ConsumerGroup group, string memberId, int epoch, IEnumerable<CommittedPartition> partitions)
    {
        var member = group.Member(memberId)!;
        return partitions.Select(partition => new TopicIdPartition(partition.TopicId, partition.Index)).All(partition =>
            (member.Assigned.TryGetValue(partition, out int since) || member.PendingRevocation.TryGetValue(partition, out since)) && since <= epoch);
    }
}
