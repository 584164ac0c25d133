using Moldau.Broker.Handlers.Groups;
using Moldau.Broker.Hosting;
using Moldau.Coordination.Groups.Share;
using Moldau.Coordination.Metadata;
using Moldau.Protocol;
using Moldau.Protocol.Messages;
using Described = Moldau.Protocol.Messages.ShareGroupDescribeResponse.DescribedGroup;

namespace Moldau.Broker.Handlers.ShareGroups;

/// <summary>ShareGroupDescribe (key 77), v1. Share groups, with what each member has.</summary>
internal sealed class ShareGroupDescribe(GroupHost groups, Func<ClusterImage> image) : IHandler<ShareGroupDescribeRequest, ShareGroupDescribeResponse>
{
    public async ValueTask<ShareGroupDescribeResponse?> HandleAsync(RequestContext context, ShareGroupDescribeRequest request)
    {
        if (!GroupProtocol.Share.IsOn(image())) return Refuse(context, request, ErrorCode.UnsupportedVersion);
        var named = new NamedIds(request.GroupIds);
        var described = await Task.WhenAll(named.Once.Select(id => DescribeAsync(context, id))).ConfigureAwait(false);
        foreach (var group in described)
        {
            if (request.IncludeAuthorizedOperations && group!.ErrorCode == ErrorCode.None)
                group.AuthorizedOperations = AuthorizedOperations.OnGroup;
        }
        return new ShareGroupDescribeResponse { Groups = named.Repeat<Described>(described!) };
    }

    public ShareGroupDescribeResponse Refuse(RequestContext context, ShareGroupDescribeRequest request, ErrorCode error) =>
        new() { Groups = request.GroupIds.ConvertAll(id => Refusal(id, error)) };

    private Task<Described?> DescribeAsync(RequestContext context, string groupId) => groupId.Length == 0
        ? Task.FromResult<Described?>(Refusal(groupId, ErrorCode.InvalidGroupId))
        : groups.AskAsync(context, groupId, new DescribeShareGroup(groupId), error => Refusal(groupId, error)).AsTask();

    private static Described Refusal(string groupId, ErrorCode error) => new() { GroupId = groupId, ErrorCode = error };
}
