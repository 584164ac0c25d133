using Moldau.Protocol;
using Moldau.Protocol.Messages;

namespace Moldau.Coordination.Groups.Classic;

/// <summary>LeaveGroup: one member up to version 2, from 3 on many, each with its own answer.</summary>
internal static class Leaves
{
    private const short ManyMembersSince = 3;

    /// <summary>Where there is no group, all its members are unknown.</summary>
    public static LeaveGroupResponse Leave(ClassicGroup? group, LeaveGroupRequest request, short version, Turn turn)
    {
        if (request.GroupId.Length == 0) return new LeaveGroupResponse { ErrorCode = ErrorCode.InvalidGroupId };
        var response = version < ManyMembersSince
            ? new LeaveGroupResponse { ErrorCode = LeaveOne(group, request.MemberId, instanceId: null, turn) }
            : LeaveEach(group, request, turn);
        // Once, when all are gone: a generation in between would have members that are about to leave. As in Kafka there is another one also where
        // only an id goes that was handed out.
        if (group is not null && HasLeft(response, version)) Rebalance.MembersChanged(group, turn);
        return response;
    }

    private static bool HasLeft(LeaveGroupResponse response, short version) => version < ManyMembersSince
        ? response.ErrorCode == ErrorCode.None
        : response.Members.Exists(member => member.ErrorCode == ErrorCode.None);

    private static LeaveGroupResponse LeaveEach(ClassicGroup? group, LeaveGroupRequest request, Turn turn)
    {
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
        if (Membership.TakeBackId(group, memberId, turn)) return ErrorCode.None;
        var error = group.Identify(memberId, instanceId);
        if (error == ErrorCode.None) Membership.Remove(group, group.Member(memberId)!, turn);
        return error;
    }
}
