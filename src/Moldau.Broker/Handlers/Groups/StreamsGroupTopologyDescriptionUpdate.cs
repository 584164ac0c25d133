using Moldau.Protocol;
using Moldau.Protocol.Messages;

namespace Moldau.Broker.Handlers.Groups;

/// <summary>
/// StreamsGroupTopologyDescriptionUpdate (key 93), v0. Kafka gives a topology's description to a plug-in and keeps none itself; without one it
/// takes none, as here, and no heartbeat asks for it.
/// </summary>
internal sealed class StreamsGroupTopologyDescriptionUpdate
    : IHandler<StreamsGroupTopologyDescriptionUpdateRequest, StreamsGroupTopologyDescriptionUpdateResponse>
{
    public ValueTask<StreamsGroupTopologyDescriptionUpdateResponse?> HandleAsync(
        RequestContext context, StreamsGroupTopologyDescriptionUpdateRequest request) => new(new StreamsGroupTopologyDescriptionUpdateResponse
        {
            ErrorCode = ErrorCode.UnsupportedVersion,
            ErrorMessage = "Descriptions of topologies are not kept here: there is no plug-in for them.",
        });

    public StreamsGroupTopologyDescriptionUpdateResponse Refuse(
        RequestContext context, StreamsGroupTopologyDescriptionUpdateRequest request, ErrorCode error) => new() { ErrorCode = error };
}
