using Moldau.Broker.Hosting;
using Moldau.Coordination.Groups;
using Moldau.Coordination.Metadata;
using Moldau.Protocol;
using Moldau.Protocol.Messages;
using Described = Moldau.Protocol.Messages.StreamsGroupDescribeResponse.DescribedGroup;

namespace Moldau.Broker.Handlers.Groups;

/// <summary>
/// StreamsGroupDescribe (key 89), v0-v1. Groups of the streams protocol, with their topology and the tasks that each member has and is to
/// have. v1 names the assignor; descriptions of topologies in words are not kept, so none is ever shown.
/// </summary>
internal sealed class StreamsGroupDescribe(GroupHost groups, Func<ClusterImage> image)
    : IHandler<StreamsGroupDescribeRequest, StreamsGroupDescribeResponse>
{
    /// <summary>There could be a description, and is none.</summary>
    private const sbyte DescriptionNotStored = 1;

    public async ValueTask<StreamsGroupDescribeResponse?> HandleAsync(RequestContext context, StreamsGroupDescribeRequest request)
    {
        if (!GroupProtocol.Streams.IsOn(image())) return Refuse(context, request, GroupProtocol.Streams.Off.Code);
        var named = new NamedIds(request.GroupIds);
        var described = await Task.WhenAll(named.Once.Select(id => DescribeAsync(context, id))).ConfigureAwait(false);
        foreach (var group in described.Where(group => group!.ErrorCode == ErrorCode.None))
        {
            if (request.IncludeAuthorizedOperations) group!.AuthorizedOperations = AuthorizedOperations.OnGroup;
            if (request.IncludeTopologyDescription) group!.TopologyDescriptionStatus = DescriptionNotStored;
        }
        return new StreamsGroupDescribeResponse { Groups = named.Repeat<Described>(described!) };
    }

    public StreamsGroupDescribeResponse Refuse(RequestContext context, StreamsGroupDescribeRequest request, ErrorCode error) =>
        new() { Groups = request.GroupIds.ConvertAll(id => Refusal(id, error)) };

    private Task<Described?> DescribeAsync(RequestContext context, string groupId) => groupId.Length == 0
        ? Task.FromResult<Described?>(Refusal(groupId, ErrorCode.InvalidGroupId))
        : groups.AskAsync(context, groupId, new DescribeStreamsGroup(groupId), error => Refusal(groupId, error)).AsTask();

    private static Described Refusal(string groupId, ErrorCode error) => new() { GroupId = groupId, ErrorCode = error };
}
