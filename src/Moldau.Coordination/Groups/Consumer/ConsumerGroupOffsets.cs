using Moldau.Coordination.Groups.Modern;
using Moldau.Protocol;
using Moldau.Protocol.Messages;

namespace Moldau.Coordination.Groups.Consumer;

/// <summary>Who may commit and read the offsets of a consumer group: its members by their epoch, and anybody while it is empty.</summary>
internal static class ConsumerGroupOffsets
{
    public static ErrorCode CheckCommit(ConsumerGroup group, OffsetCommitRequest request, short version)
    {
        var member = group.Member(request.MemberId);
        int epoch = request.GenerationIdOrMemberEpoch;
        if (member is { SpeaksClassic: true }) return epoch == member.Epoch ? ErrorCode.None : ErrorCode.IllegalGeneration;
        return MemberOffsets.CheckCommit(group.Members.Count == 0, member, request, version, () => request.Topics.All(topic =>
            topic.Partitions.All(partition => HasHad(member!, new TopicIdPartition(topic.TopicId, partition.PartitionIndex), epoch))));
    }

    /// <summary>In a transaction only the member's present epoch is good.</summary>
    public static ErrorCode CheckCommit(ConsumerGroup group, TxnOffsetCommitRequest request) =>
        MemberOffsets.CheckCommit(group.Members.Count == 0, group.Member(request.MemberId), request, hasHadAll: static () => false);

    public static ErrorCode CheckFetch(ConsumerGroup group, OffsetFetchRequest.OffsetFetchRequestGroup request)
    {
        bool speaksClassic = request.MemberId is { } id && group.Member(id) is { SpeaksClassic: true };
        return MemberOffsets.CheckFetch(group.Member, request, stale: speaksClassic ? ErrorCode.IllegalGeneration : ErrorCode.StaleMemberEpoch);
    }

    /// <summary>Every topic that a member gets, or may get.</summary>
    public static HashSet<string> SubscribedTopics(ConsumerGroup group)
    {
        var topics = group.MembersByTopic.Keys.ToHashSet(StringComparer.Ordinal);
        foreach (var resolved in group.Patterns.Values) topics.UnionWith(resolved.Topics);
        return topics;
    }

    /// <summary>A commit that was under way when the epoch went up is good for what the member has held since before that (KIP-1251).</summary>
    private static bool HasHad(ConsumerMember member, TopicIdPartition partition, int epoch) =>
        (member.Assigned.TryGetValue(partition, out int since) || member.PendingRevocation.TryGetValue(partition, out since)) && since <= epoch;
}
