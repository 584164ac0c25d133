using Moldau.Broker.Handlers.Groups;
using Moldau.Broker.Hosting;
using Moldau.Protocol;
using Moldau.Protocol.Messages;

namespace Moldau.Broker.Handlers.ShareGroups;

/// <summary>ShareGroupHeartbeat (key 76), v1. Joins, keeps, changes and ends a membership of a share group (KIP-932), and answers at once.</summary>
internal sealed class ShareGroupHeartbeat(GroupHost groups, ShareVersion version) : IHandler<ShareGroupHeartbeatRequest, ShareGroupHeartbeatResponse>
{
    public ValueTask<ShareGroupHeartbeatResponse?> HandleAsync(RequestContext context, ShareGroupHeartbeatRequest request) => version.HasShareGroups
        ? groups.AskAsync(context, request.GroupId, request, error => Refuse(context, request, error))
        : new(Refuse(context, request, ErrorCode.UnsupportedVersion));

    public ShareGroupHeartbeatResponse Refuse(RequestContext context, ShareGroupHeartbeatRequest request, ErrorCode error) =>
        new() { ErrorCode = GroupErrors.OfMember(error) };
}
