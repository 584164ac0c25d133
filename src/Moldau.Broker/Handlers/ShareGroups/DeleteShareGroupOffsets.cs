using Moldau.Broker.Handlers.Groups;
using Moldau.Broker.Hosting;
using Moldau.Coordination.Metadata;
using Moldau.Protocol;
using Moldau.Protocol.Messages;

namespace Moldau.Broker.Handlers.ShareGroups;

/// <summary>DeleteShareGroupOffsets (key 92), v0. Forgets topics of a share group without members; whoever joins it later begins there anew.</summary>
internal sealed class DeleteShareGroupOffsets(GroupHost groups, Func<ClusterImage> image)
    : IHandler<DeleteShareGroupOffsetsRequest, DeleteShareGroupOffsetsResponse>
{
    public ValueTask<DeleteShareGroupOffsetsResponse?> HandleAsync(RequestContext context, DeleteShareGroupOffsetsRequest request)
    {
        if (!GroupProtocol.Share.IsOn(image())) return new(Refuse(context, request, ErrorCode.UnsupportedVersion));
        if (request.GroupId.Length == 0) return new(NoGroup());
        return groups.AskAsync(context, request.GroupId, request, error => Refuse(context, request, error));
    }

    public DeleteShareGroupOffsetsResponse Refuse(RequestContext context, DeleteShareGroupOffsetsRequest request, ErrorCode error) =>
        new() { ErrorCode = GroupErrors.OfMember(error) };

    private static DeleteShareGroupOffsetsResponse NoGroup() =>
        new() { ErrorCode = ErrorCode.InvalidGroupId, ErrorMessage = "The request names no group." };
}
