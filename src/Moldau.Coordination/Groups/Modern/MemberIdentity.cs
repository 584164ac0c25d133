using Moldau.Coordination.Metadata;
using Moldau.Protocol;

namespace Moldau.Coordination.Groups.Modern;

/// <summary>Whom a heartbeat is from, and which epochs are accepted from whom.</summary>
internal static class MemberIdentity
{
    /// <summary>An id of nothing but blanks is none, which is something else than none being given.</summary>
    public static bool IsBlank(string? id) => id is not null && id.AsSpan().IndexOfAnyExceptInRange('\0', ' ') < 0;

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

    /// <summary>
    /// Lets in who is a member or may become one. A static member that joins takes the place of the one that its instance had, which must
    /// have let go of it; it is returned then.
    /// </summary>
    public static Refusal Admit<TMember>(
        MemberChanges<TMember> members, string groupId, int membersMax, HeartbeatSender sender, Predicate<TMember> isReleased, out TMember? replaced)
        where TMember : class, IModernMember
    {
        replaced = null;
        if (!sender.Joins) return Find(members, groupId, sender.MemberId, sender.InstanceId, out _);
        var named = members.Find(sender.MemberId);
        var holder = sender.InstanceId is { } instance ? members.OfInstance(instance) : null;
        if (named is null && holder is null && members.Count >= membersMax) return Full(groupId, membersMax);
        if (holder is not null && !isReleased(holder)) return UnreleasedInstance(holder);
        // A member may become the static one of an instance that nobody has; else an id belongs to one of both.
        if (holder is not null && named is not null && named != holder) return TakenMemberId(sender.MemberId);
        replaced = holder;
        return default;
    }

    /// <summary>
    /// A member has its own epoch, or still the one before if the answer with the new one was lost; then it cannot own more than it was
    /// given. Whoever joins owns nothing and may always come.
    /// </summary>
    public static Refusal CheckEpoch(IModernMember member, int epoch, Func<bool> ownsOnlyWhatItWasGiven)
    {
        if (epoch == member.Epoch || epoch == MemberEpochs.Joining) return default;
        bool missedItsAnswer = epoch < member.Epoch && epoch == member.PreviousEpoch && ownsOnlyWhatItWasGiven();
        return missedItsAnswer ? default : new Refusal(
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
