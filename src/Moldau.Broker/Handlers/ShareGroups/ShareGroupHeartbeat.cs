using Moldau.Broker.Handlers.Groups;
using Moldau.Broker.Hosting;
using Moldau.Coordination.Metadata;
using Moldau.Protocol;
using Moldau.Protocol.Messages;

namespace Moldau.Broker.Handlers.ShareGroups;

/// <summary>ShareGroupHeartbeat (key 76), v1. Joins, keeps, changes and ends a membership of a share group (KIP-932), and answers at once.</summary>
internal sealed class ShareGroupHeartbeat(GroupHost groups, Func<ClusterImage> image) : IHandler<ShareGroupHeartbeatRequest, ShareGroupHeartbeatResponse>
{
    public ValueTask<ShareGroupHeartbeatResponse?> HandleAsync(RequestContext context, ShareGroupHeartbeatRequest request) => GroupProtocol.Share.IsOn(image())
        ? groups.AskAsync(context, request.GroupId, request, error => Refuse(context, request, error))
        : new(new ShareGroupHeartbeatResponse { ErrorCode = GroupProtocol.Share.Off.Code, ErrorMessage = GroupProtocol.Share.Off.Message });

    public ShareGroupHeartbeatResponse Refuse(RequestContext context, ShareGroupHeartbeatRequest request, ErrorCode error) =>
        new() { ErrorCode = GroupErrors.OfMember(error) };
}
