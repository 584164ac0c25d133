using Moldau.Broker.Hosting;
using Moldau.Coordination.Groups.Classic;
using Moldau.Protocol;
using Moldau.Protocol.Messages;

namespace Moldau.Broker.Handlers.Groups;

/// <summary>
/// JoinGroup (key 11), v0-v9. Answered when the join phase ends, which may take as long as the group's rebalance timeout. From v4 on a
/// dynamic member gets its id first, v5 knows static members, v9 lets a restarted leader skip the assignment.
/// </summary>
internal sealed class JoinGroup(GroupHost groups) : IHandler<JoinGroupRequest, JoinGroupResponse>
{
    public ValueTask<JoinGroupResponse?> HandleAsync(RequestContext context, JoinGroupRequest request) =>
        groups.AskAsync(context, request.GroupId, request, error => Refuse(context, request, error))
            .UntilClosedAsync(context, () => Refuse(context, request, ErrorCode.CoordinatorNotAvailable));

    public JoinGroupResponse Refuse(RequestContext context, JoinGroupRequest request, ErrorCode error) =>
        JoinReplies.Refusal(GroupErrors.OfMember(error), request.MemberId, context.Version);
}
