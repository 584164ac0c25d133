using Moldau.Broker.Hosting;
using Moldau.Coordination.Groups.Consumer;
using Moldau.Coordination.Metadata;
using Moldau.Protocol;
using Moldau.Protocol.Messages;

namespace Moldau.Broker.Handlers.Groups;

/// <summary>
/// ConsumerGroupHeartbeat (key 68), v0-v1. Joins, keeps, changes and ends a membership of the consumer protocol (KIP-848), and answers at
/// once. In v1 topics can be given by a pattern, and the client makes its member id.
/// </summary>
internal sealed class ConsumerGroupHeartbeat(GroupHost groups, Func<ClusterImage> image) : IHandler<ConsumerGroupHeartbeatRequest, ConsumerGroupHeartbeatResponse>
{
    public ValueTask<ConsumerGroupHeartbeatResponse?> HandleAsync(RequestContext context, ConsumerGroupHeartbeatRequest request) =>
        GroupProtocol.Consumer.IsOn(image())
            ? groups.AskAsync(context, request.GroupId, request, error => Refuse(context, request, error))
            : new ValueTask<ConsumerGroupHeartbeatResponse?>(ConsumerHeartbeats.Refused(GroupProtocol.Consumer.Off));

    public ConsumerGroupHeartbeatResponse Refuse(RequestContext context, ConsumerGroupHeartbeatRequest request, ErrorCode error) =>
        new() { ErrorCode = GroupErrors.OfMember(error) };
}
