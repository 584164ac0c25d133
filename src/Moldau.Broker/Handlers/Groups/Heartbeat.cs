using Moldau.Broker.Hosting;
using Moldau.Protocol;
using Moldau.Protocol.Messages;

namespace Moldau.Broker.Handlers.Groups;

/// <summary>Heartbeat (key 12), v0-v4. Keeps the session alive; writes nothing to the log.</summary>
internal sealed class Heartbeat(GroupHost groups) : IHandler<HeartbeatRequest, HeartbeatResponse>
{
    public ValueTask<HeartbeatResponse?> HandleAsync(RequestContext context, HeartbeatRequest request) =>
        groups.AskAsync(context, request.GroupId, request, error => Refuse(context, request, error));

    public HeartbeatResponse Refuse(RequestContext context, HeartbeatRequest request, ErrorCode error) =>
        new() { ErrorCode = GroupErrors.OfMember(error) };
}
