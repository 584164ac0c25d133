using Moldau.Protocol;
using Moldau.Protocol.Messages;

namespace Moldau.Coordination.Groups.Modern;

/// <summary>Who may commit and read the offsets of a group whose members have epochs: they by theirs, and anybody while it is empty.</summary>
internal static class MemberOffsets
{
    /// <summary>From this version on a commit has a member epoch; what came before it is a generation.</summary>
    private const short MemberEpochsSince = 9;

    /// <summary>The first version of a commit in a transaction whose clients know the code for a member epoch that is over.</summary>
    private const short StaleInTransactionsSince = 6;

    /// <param name="isEmpty">Whether the group has no members.</param>
    /// <param name="member">The member that the request names; null where there is none.</param>
    /// <param name="request">The commit.</param>
    /// <param name="version">The version of the request.</param>
    /// <param name="hasHadAll">Whether the member has held all that it commits since before the epoch with which it comes (KIP-1251).</param>
    public static ErrorCode CheckCommit(
        bool isEmpty, IModernMember? member, OffsetCommitRequest request, short version, Func<IEnumerable<CommittedPartition>, bool> hasHadAll)
    {
        int epoch = request.GenerationIdOrMemberEpoch;
        if (epoch < 0 && isEmpty) return ErrorCode.None;
        if (member is null) return ErrorCode.UnknownMemberId;
        if (version < MemberEpochsSince && !member.SpeaksClassic) return ErrorCode.UnsupportedVersion;
        return CheckEpoch(member, epoch, () => hasHadAll(PartitionsOf(request)), stale: ErrorCode.StaleMemberEpoch);
    }

    /// <summary>
    /// In a transaction, whose older clients name no member and are fenced by their producer's epoch instead. Before KIP-1319 they know no
    /// code for a member epoch that is over.
    /// </summary>
    public static ErrorCode CheckCommit(
        bool isEmpty, IModernMember? member, TxnOffsetCommitRequest request, short version, Func<IEnumerable<CommittedPartition>, bool> hasHadAll)
    {
        int epoch = request.GenerationIdOrMemberEpoch;
        if (request is { GenerationIdOrMemberEpoch: < 0, MemberId.Length: 0, GroupInstanceId: null }) return ErrorCode.None;
        if (epoch < 0 && isEmpty) return ErrorCode.None;
        if (member is null) return ErrorCode.UnknownMemberId;
        var stale = version >= StaleInTransactionsSince ? ErrorCode.StaleMemberEpoch : ErrorCode.IllegalGeneration;
        return CheckEpoch(member, epoch, () => hasHadAll(PartitionsOf(request)), stale);
    }

    /// <summary>A group that does not exist has no offsets, which is no error.</summary>
    public static ErrorCode CheckFetch(Func<string, IModernMember?> find, OffsetFetchRequest.OffsetFetchRequestGroup request)
    {
        if (request.MemberId is not { } memberId) return request.MemberEpoch < 0 ? ErrorCode.None : ErrorCode.UnknownServerError;
        if (find(memberId) is not { } member) return ErrorCode.UnknownMemberId;
        return CheckEpoch(member, request.MemberEpoch, hasHadAll: static () => false, stale: ErrorCode.StaleMemberEpoch);
    }

    private static IEnumerable<CommittedPartition> PartitionsOf(OffsetCommitRequest request) => request.Topics.SelectMany(topic =>
        topic.Partitions.Select(partition => new CommittedPartition(topic.TopicId, topic.Name, partition.PartitionIndex)));

    private static IEnumerable<CommittedPartition> PartitionsOf(TxnOffsetCommitRequest request) => request.Topics.SelectMany(topic =>
        topic.Partitions.Select(partition => new CommittedPartition(topic.TopicId, topic.Name, partition.PartitionIndex)));

    private static ErrorCode CheckEpoch(IModernMember member, int epoch, Func<bool> hasHadAll, ErrorCode stale)
    {
        if (epoch == member.Epoch || (epoch < member.Epoch && hasHadAll())) return ErrorCode.None;
        return member.SpeaksClassic ? ErrorCode.IllegalGeneration : stale;
    }
}

/// <summary>A partition that a commit names.</summary>
internal readonly record struct CommittedPartition(Guid TopicId, string Topic, int Index);
