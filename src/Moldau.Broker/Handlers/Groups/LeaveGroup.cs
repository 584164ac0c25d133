using Moldau.Broker.Hosting;
using Moldau.Protocol;
using Moldau.Protocol.Messages;

namespace Moldau.Broker.Handlers.Groups;

/// <summary>
/// LeaveGroup (key 13), v0-v5. One member up to v2, many from v3 on, static ones by their instance; v5 may give a reason.
/// </summary>
internal sealed class LeaveGroup(GroupHost groups) : IHandler<LeaveGroupRequest, LeaveGroupResponse>
{
    public ValueTask<LeaveGroupResponse?> HandleAsync(RequestContext context, LeaveGroupRequest request) =>
        groups.AskAsync(context, request.GroupId, request, error => Refuse(context, request, error));

    public LeaveGroupResponse Refuse(RequestContext context, LeaveGroupRequest request, ErrorCode error) =>
        new() { ErrorCode = GroupErrors.OfMember(error) };
}
