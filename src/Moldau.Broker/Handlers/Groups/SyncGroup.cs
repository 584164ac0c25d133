using Moldau.Broker.Hosting;
using Moldau.Protocol;
using Moldau.Protocol.Messages;

namespace Moldau.Broker.Handlers.Groups;

/// <summary>
/// SyncGroup (key 14), v0-v5. The leader brings the assignment, which is stored before anybody gets it; the others wait for it.
/// v5 must name the protocol that it believes was chosen.
/// </summary>
internal sealed class SyncGroup(GroupHost groups) : IHandler<SyncGroupRequest, SyncGroupResponse>
{
    public ValueTask<SyncGroupResponse?> HandleAsync(RequestContext context, SyncGroupRequest request) =>
        groups.AskAsync(context, request.GroupId, request, error => Refuse(context, request, error))
            .UntilClosedAsync(context, () => Refuse(context, request, ErrorCode.CoordinatorNotAvailable));

    public SyncGroupResponse Refuse(RequestContext context, SyncGroupRequest request, ErrorCode error) =>
        new() { ErrorCode = GroupErrors.OfMember(error) };
}
