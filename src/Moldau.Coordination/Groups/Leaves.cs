using Moldau.Protocol;
using Moldau.Protocol.Messages;

namespace Moldau.Coordination.Groups;

/// <summary>LeaveGroup: one member up to version 2, from 3 on many, each with its own answer.</summary>
internal static class Leaves
{
    private const short ManyMembersSince = 3;

    /// <param name="group">Null if it does not exist; then all its members are unknown.</param>
    public static LeaveGroupResponse Leave(ClassicGroup? group, LeaveGroupRequest request, short version, Turn turn)
    {
        if (request.GroupId.Length == 0) return new LeaveGroupResponse { ErrorCode = ErrorCode.InvalidGroupId };
        if (version < ManyMembersSince)
        {
            return new LeaveGroupResponse { ErrorCode = LeaveOne(group, request.MemberId, instanceId: null, turn) };
        }
        var response = new LeaveGroupResponse();
        foreach (var member in request.Members)
        {
            response.Members.Add(new LeaveGroupResponse.MemberResponse
            {
                MemberId = member.MemberId,
                GroupInstanceId = member.GroupInstanceId,
                ErrorCode = LeaveOne(group, member.MemberId, member.GroupInstanceId, turn),
            });
        }
        return response;
    }

    private static ErrorCode LeaveOne(ClassicGroup? group, string memberId, string? instanceId, Turn turn)
    {
        if (group is null) return ErrorCode.UnknownMemberId;
        // An administrator removes a static member by its instance and does not know the member's id.
        if (memberId.Length == 0 && instanceId is not null) memberId = group.IdOfInstance(instanceId) ?? "";
        if (Membership.TakeBackId(group, memberId, turn))
        {
            Rebalance.EndJoinPhaseIfComplete(group, turn);
            return ErrorCode.None;
        }
        var error = group.Identify(memberId, instanceId);
        if (error == ErrorCode.None) Membership.Drop(group, group.Member(memberId)!, turn);
        return error;
    }
}
