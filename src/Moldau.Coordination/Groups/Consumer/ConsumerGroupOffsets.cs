using Moldau.Protocol;
using Moldau.Protocol.Messages;

namespace Moldau.Coordination.Groups.Consumer;

/// <summary>Who may commit and read the offsets of a consumer group: its members by their epoch, and anybody while it is empty.</summary>
internal static class ConsumerGroupOffsets
{
    /// <summary>From this version on a commit has a member epoch; what came before it is a generation.</summary>
    private const short MemberEpochsSince = 9;

    public static ErrorCode CheckCommit(ConsumerGroup group, OffsetCommitRequest request, short version)
    {
        int epoch = request.GenerationIdOrMemberEpoch;
        if (epoch < 0 && group.Members.Count == 0) return ErrorCode.None;
        if (group.Member(request.MemberId) is not { } member) return ErrorCode.UnknownMemberId;
        if (member.SpeaksClassic) return epoch == member.Epoch ? ErrorCode.None : ErrorCode.IllegalGeneration;
        if (version < MemberEpochsSince) return ErrorCode.UnsupportedVersion;
        if (epoch == member.Epoch) return ErrorCode.None;
        bool hadAll = epoch < member.Epoch && request.Topics.All(topic =>
            topic.Partitions.All(partition => HasHad(member, new TopicIdPartition(topic.TopicId, partition.PartitionIndex), epoch)));
        return hadAll ? ErrorCode.None : ErrorCode.StaleMemberEpoch;
    }

    /// <summary>
    /// In a transaction, whose older clients name no member and are fenced by their producer's epoch instead. They know no code for a
    /// member epoch that is not the member's.
    /// </summary>
    public static ErrorCode CheckCommit(ConsumerGroup group, TxnOffsetCommitRequest request)
    {
        if (request is { GenerationIdOrMemberEpoch: < 0, MemberId.Length: 0, GroupInstanceId: null }) return ErrorCode.None;
        if (request.GenerationIdOrMemberEpoch < 0 && group.Members.Count == 0) return ErrorCode.None;
        if (group.Member(request.MemberId) is not { } member) return ErrorCode.UnknownMemberId;
        return request.GenerationIdOrMemberEpoch == member.Epoch ? ErrorCode.None : ErrorCode.IllegalGeneration;
    }

    /// <summary>A group that does not exist has no offsets, which is no error.</summary>
    public static ErrorCode CheckFetch(ConsumerGroup group, OffsetFetchRequest.OffsetFetchRequestGroup request)
    {
        if (request.MemberId is not { } memberId) return request.MemberEpoch < 0 ? ErrorCode.None : ErrorCode.UnknownServerError;
        if (group.Member(memberId) is not { } member) return ErrorCode.UnknownMemberId;
        if (request.MemberEpoch == member.Epoch) return ErrorCode.None;
        return member.SpeaksClassic ? ErrorCode.IllegalGeneration : ErrorCode.StaleMemberEpoch;
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
