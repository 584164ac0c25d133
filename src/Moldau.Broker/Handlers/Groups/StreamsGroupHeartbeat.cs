using Moldau.Broker.Hosting;
using Moldau.Coordination.Groups.Streams;
using Moldau.Coordination.Metadata;
using Moldau.Protocol;
using Moldau.Protocol.Messages;

namespace Moldau.Broker.Handlers.Groups;

/// <summary>
/// StreamsGroupHeartbeat (key 88), v0-v1. Joins, keeps and ends a membership of the streams protocol (KIP-1071): the client brings its
/// topology and is given tasks. v1 has the recovery lag as 64 bits, and a status for members without the tags that standby tasks need.
/// </summary>
internal sealed class StreamsGroupHeartbeat(GroupHost groups, Func<ClusterImage> image)
    : IHandler<StreamsGroupHeartbeatRequest, StreamsGroupHeartbeatResponse>
{
    public ValueTask<StreamsGroupHeartbeatResponse?> HandleAsync(RequestContext context, StreamsGroupHeartbeatRequest request) =>
        GroupProtocol.Streams.IsOn(image())
            ? groups.AskAsync(context, request.GroupId, request, error => Refuse(context, request, error))
            : new ValueTask<StreamsGroupHeartbeatResponse?>(StreamsAnswers.Refused(GroupProtocol.Streams.Off));

    public StreamsGroupHeartbeatResponse Refuse(RequestContext context, StreamsGroupHeartbeatRequest request, ErrorCode error) =>
        StreamsAnswers.Refused(new Refusal(GroupErrors.OfMember(error), null));
}
