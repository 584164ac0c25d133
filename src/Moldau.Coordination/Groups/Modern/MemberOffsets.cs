using Moldau.Protocol;
using Moldau.Protocol.Messages;

namespace Moldau.Coordination.Groups.Modern;

/// <summary>Who may commit and read the offsets of a group whose members have epochs: they by theirs, and anybody while it is empty.</summary>
internal static class MemberOffsets
{
    /// <summary>From this version on a commit has a member epoch; what came before it is a generation.</summary>
    private const short MemberEpochsSince = 9;

    /// <param name="isEmpty">Whether the group has no members.</param>
    /// <param name="member">The member that the request names; null where there is none.</param>
    /// <param name="request">The commit.</param>
    /// <param name="version">The version of the request.</param>
    /// <param name="hasHadAll">Whether the member has held all that it commits since before the epoch with which it comes (KIP-1251).</param>
    public static ErrorCode CheckCommit(
        bool isEmpty, IModernMember? member, OffsetCommitRequest request, short version, Func<bool> hasHadAll)
    {
        int epoch = request.GenerationIdOrMemberEpoch;
        if (epoch < 0 && isEmpty) return ErrorCode.None;
        if (member is null) return ErrorCode.UnknownMemberId;
        if (version < MemberEpochsSince) return ErrorCode.UnsupportedVersion;
        return IsGood(member, epoch, hasHadAll) ? ErrorCode.None : ErrorCode.StaleMemberEpoch;
    }

    /// <summary>
    /// In a transaction, whose older clients name no member and are fenced by their producer's epoch instead. They know no code for a
    /// member epoch that is not the member's.
    /// </summary>
    public static ErrorCode CheckCommit(bool isEmpty, IModernMember? member, TxnOffsetCommitRequest request, Func<bool> hasHadAll)
    {
        int epoch = request.GenerationIdOrMemberEpoch;
        if (request is { GenerationIdOrMemberEpoch: < 0, MemberId.Length: 0, GroupInstanceId: null }) return ErrorCode.None;
        if (epoch < 0 && isEmpty) return ErrorCode.None;
        if (member is null) return ErrorCode.UnknownMemberId;
        return IsGood(member, epoch, hasHadAll) ? ErrorCode.None : ErrorCode.IllegalGeneration;
    }

    /// <summary>A group that does not exist has no offsets, which is no error.</summary>
    public static ErrorCode CheckFetch(
        Func<string, IModernMember?> find, OffsetFetchRequest.OffsetFetchRequestGroup request, ErrorCode stale = ErrorCode.StaleMemberEpoch)
    {
        if (request.MemberId is not { } memberId) return request.MemberEpoch < 0 ? ErrorCode.None : ErrorCode.UnknownServerError;
        if (find(memberId) is not { } member) return ErrorCode.UnknownMemberId;
        return request.MemberEpoch == member.Epoch ? ErrorCode.None : stale;
    }

    private static bool IsGood(IModernMember member, int epoch, Func<bool> hasHadAll) =>
        epoch == member.Epoch || (epoch < member.Epoch && hasHadAll());
}
