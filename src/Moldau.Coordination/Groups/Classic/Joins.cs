using Moldau.Protocol;
using Moldau.Protocol.Messages;

namespace Moldau.Coordination.Groups.Classic;

/// <summary>JoinGroup: who may come in, and under which id.</summary>
internal static class Joins
{
    /// <summary>
    /// From this version on a dynamic member is given its id first and joins with it, so that a lost answer leaves no ghost behind.
    /// </summary>
    private const short TwoStepsSince = 4;

    /// <summary>The checks that need no group.</summary>
    public static ErrorCode CheckRequest(JoinGroupRequest request, GroupSettings settings)
    {
        if (request.GroupId.Length == 0) return ErrorCode.InvalidGroupId;
        int timeoutMs = request.SessionTimeoutMs;
        bool isInRange = timeoutMs >= settings.SessionTimeoutMsMin && timeoutMs <= settings.SessionTimeoutMsMax;
        return isInRange ? ErrorCode.None : ErrorCode.InvalidSessionTimeout;
    }

    public static void Join(ClassicGroup group, JoinGroupRequest request, Caller caller, Turn turn)
    {
        if (IsFull(group, request.MemberId, turn.Settings))
        {
            if (group.Member(request.MemberId) is { } surplus) Membership.Drop(group, surplus, turn);
            Membership.TakeBackId(group, request.MemberId, turn);
            Refuse(ErrorCode.GroupMaxSizeReached, memberId: "", caller, turn);
        }
        else if (!ProtocolVote.Admits(group, request.ProtocolType, request.Protocols))
        {
            Refuse(ErrorCode.InconsistentGroupProtocol, request.MemberId, caller, turn);
        }
        else if (request.MemberId.Length == 0)
        {
            JoinAsNewcomer(group, request, caller, turn);
        }
        else
        {
            JoinWithId(group, request, caller, turn);
        }
    }

    public static void Refuse(ErrorCode error, string memberId, Caller caller, Turn turn) =>
        turn.Decision.Reply(caller.Token, JoinReplies.Refusal(error, memberId, caller.ApiVersion));

    /// <summary>
    /// Takes over what a join says and parks it. An earlier one that still waits is answered: its client has given it up.
    /// </summary>
    public static void Park(GroupMember member, JoinGroupRequest request, Caller caller, Turn turn)
    {
        Update(member, request, caller);
        JoinReplies.Refuse(member, ErrorCode.RebalanceInProgress, member.Id, turn);
        member.ParkedJoin = new ParkedRequest(caller.Token, caller.ApiVersion);
    }

    public static void Update(GroupMember member, JoinGroupRequest request, Caller caller)
    {
        member.ClientId = caller.ClientId;
        member.ClientHost = caller.ClientHost;
        member.SessionTimeoutMs = request.SessionTimeoutMs;
        member.RebalanceTimeoutMs = RebalanceTimeoutMs(request, caller);
        member.Protocols = request.Protocols;
    }

    /// <summary>
    /// While members are being collected those that wait count, so that of a group above a lowered limit the last to come stay out.
    /// </summary>
    private static bool IsFull(ClassicGroup group, string memberId, GroupSettings settings) => group.Phase switch
    {
        GroupPhase.Empty => false,
        GroupPhase.PreparingRebalance => group.Member(memberId)?.ParkedJoin is null
            && group.Members.Count(member => member.ParkedJoin is not null) >= settings.MembersMax,
        _ => group.Member(memberId) is null && group.Members.Count >= settings.MembersMax,
    };

    private static void JoinAsNewcomer(ClassicGroup group, JoinGroupRequest request, Caller caller, Turn turn)
    {
        string memberId = $"{request.GroupInstanceId ?? caller.ClientId}-{caller.FreshId}";
        if (request.GroupInstanceId is { } instance && group.IdOfInstance(instance) is { } formerId)
        {
            StaticMembers.Replace(group, group.Member(formerId)!, memberId, request, caller, turn);
        }
        else if (request.GroupInstanceId is null && caller.ApiVersion >= TwoStepsSince)
        {
            Membership.HandOutId(group, memberId, request.SessionTimeoutMs, turn);
            Refuse(ErrorCode.MemberIdRequired, memberId, caller, turn);
        }
        else
        {
            Admit(group, memberId, request, caller, turn);
        }
    }

    private static void JoinWithId(ClassicGroup group, JoinGroupRequest request, Caller caller, Turn turn)
    {
        if (group.IdsHandedOut.ContainsKey(request.MemberId))
        {
            if (request.GroupInstanceId is not null)
            {
                Refuse(ErrorCode.UnknownServerError, memberId: "", caller, turn);
                return;
            }
            Membership.TakeBackId(group, request.MemberId, turn);
            Admit(group, request.MemberId, request, caller, turn);
            return;
        }
        var error = group.Identify(request.MemberId, request.GroupInstanceId);
        if (error == ErrorCode.None) JoinAgain(group, group.Member(request.MemberId)!, request, caller, turn);
        else Refuse(error, request.MemberId, caller, turn);
    }

    private static void JoinAgain(ClassicGroup group, GroupMember member, JoinGroupRequest request, Caller caller, Turn turn)
    {
        // A member that says nothing new has lost the answer of its join. But a stable group's leader asks for a new assignment by joining.
        bool repeats = member.Announces(request.Protocols) && group.Phase switch
        {
            GroupPhase.CompletingRebalance => true,
            GroupPhase.Stable => !group.IsLeader(member.Id),
            _ => false,
        };
        if (repeats)
        {
            turn.Decision.Reply(caller.Token, JoinReplies.Admission(group, member, caller.ApiVersion));
            return;
        }
        Park(member, request, caller, turn);
        Rebalance.MembersChanged(group, turn);
    }

    private static void Admit(ClassicGroup group, string memberId, JoinGroupRequest request, Caller caller, Turn turn)
    {
        var member = new GroupMember
        {
            Id = memberId,
            InstanceId = request.GroupInstanceId,
            ClientId = caller.ClientId,
            ClientHost = caller.ClientHost,
        };
        Park(member, request, caller, turn);
        if (group.Members.Count == 0) group.ProtocolType = request.ProtocolType;
        Membership.Admit(group, member, turn);
    }

    /// <summary>Version 0 has the session timeout only.</summary>
    private static int RebalanceTimeoutMs(JoinGroupRequest request, Caller caller) =>
        caller.ApiVersion == 0 ? request.SessionTimeoutMs : request.RebalanceTimeoutMs;
}
