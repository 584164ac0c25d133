using Moldau.Coordination.Metadata;
using Moldau.Protocol;

namespace Moldau.Coordination.Groups.Modern;

/// <summary>Whom a heartbeat is from, and which epochs are accepted from whom.</summary>
internal static class MemberIdentity
{
    /// <summary>The member that is there under the id, and under the instance id where one is given.</summary>
    public static Refusal Find<TMember>(MemberChanges<TMember> members, string groupId, string memberId, string? instanceId, out TMember? member)
        where TMember : class, IModernMember
    {
        if (instanceId is null)
        {
            member = members.Find(memberId);
            return member is null ? UnknownMember(groupId, memberId) : default;
        }
        member = members.OfInstance(instanceId);
        if (member is null) return UnknownInstance(groupId, instanceId);
        return member.Id == memberId ? default : FencedInstance(instanceId);
    }

    /// <summary>Of a static member that joins: the one whose place it takes, which must have let go of it; null where there is none.</summary>
    public static Refusal FindHolder<TMember>(
        MemberChanges<TMember> members, string memberId, string instanceId, Predicate<TMember> isReleased, out TMember? holder)
        where TMember : class, IModernMember
    {
        holder = members.OfInstance(instanceId);
        if (holder is not null && !isReleased(holder)) return UnreleasedInstance(holder);
        bool isTaken = members.Find(memberId) is { } named && named.InstanceId != instanceId;
        return isTaken ? TakenMemberId(memberId) : default;
    }

    /// <summary>
    /// A member has its own epoch, or still the one before if the answer with the new one was lost; then it cannot own more than it was
    /// given. Whoever joins owns nothing and may always come.
    /// </summary>
    public static Refusal CheckEpoch(IModernMember member, int epoch, Func<bool> ownsOnlyWhatItWasGiven)
    {
        if (epoch == member.Epoch) return default;
        bool joinsAgain = epoch == MemberEpochs.Joining && member.InstanceId is null;
        bool missedItsAnswer = epoch < member.Epoch && epoch == member.PreviousEpoch && ownsOnlyWhatItWasGiven();
        return joinsAgain || missedItsAnswer ? default : new Refusal(
            ErrorCode.FencedMemberEpoch,
            $"Member '{member.Id}' came with epoch {epoch} and is in epoch {member.Epoch}: it must give up what it owns and join again.");
    }

    public static Refusal Full(string groupId, int membersMax) =>
        new(ErrorCode.GroupMaxSizeReached, $"Group '{groupId}' has {membersMax} members, which is the limit here.");

    private static Refusal UnknownMember(string groupId, string memberId) =>
        new(ErrorCode.UnknownMemberId, $"Group '{groupId}' has no member '{memberId}': it left, or was not heard of in time, and must join again.");

    private static Refusal UnknownInstance(string groupId, string instanceId) =>
        new(ErrorCode.UnknownMemberId, $"Group '{groupId}' has no member with the instance id '{instanceId}'.");

    private static Refusal FencedInstance(string instanceId) => new(
        ErrorCode.FencedInstanceId,
        $"The instance id '{instanceId}' belongs to another member now: two processes use it, or this one was replaced.");

    private static Refusal UnreleasedInstance(IModernMember holder) => new(
        ErrorCode.UnreleasedInstanceId,
        $"The instance id '{holder.InstanceId}' is in use by member '{holder.Id}', which has not left; it is free when that one leaves or its session ends.");

    private static Refusal TakenMemberId(string memberId) => new(
        ErrorCode.InvalidRequest,
        $"The member id '{memberId}' is another member's, with another instance id or none: each process must choose one of its own.");
}
