using Moldau.Broker.Handlers.Groups;
using Moldau.Broker.Hosting;
using Moldau.Coordination.Metadata;
using Moldau.Protocol;
using Moldau.Protocol.Messages;

namespace Moldau.Broker.Handlers.ShareGroups;

/// <summary>AlterShareGroupOffsets (key 91), v0. Begins the partitions of a share group without members anew, from the given offsets. A group that is not there comes into being.</summary>
internal sealed class AlterShareGroupOffsets(GroupHost groups, Func<ClusterImage> image)
    : IHandler<AlterShareGroupOffsetsRequest, AlterShareGroupOffsetsResponse>
{
    public ValueTask<AlterShareGroupOffsetsResponse?> HandleAsync(RequestContext context, AlterShareGroupOffsetsRequest request)
    {
        if (!GroupProtocol.Share.IsOn(image())) return new(Refuse(context, request, ErrorCode.UnsupportedVersion));
        if (request.GroupId.Length == 0) return new(NoGroup());
        return groups.AskAsync(context, request.GroupId, request, error => Refuse(context, request, error));
    }

    public AlterShareGroupOffsetsResponse Refuse(RequestContext context, AlterShareGroupOffsetsRequest request, ErrorCode error) =>
        new() { ErrorCode = GroupErrors.OfMember(error) };

    private static AlterShareGroupOffsetsResponse NoGroup() =>
        new() { ErrorCode = ErrorCode.InvalidGroupId, ErrorMessage = "The request names no group." };
}
