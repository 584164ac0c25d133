using Moldau.Broker.Hosting;
using Moldau.Coordination.Groups;
using Moldau.Protocol;
using Moldau.Protocol.Messages;

namespace Moldau.Broker.Handlers.Groups;

/// <summary>DescribeGroups (key 15), v0-v6. Classic groups and their members. A missing group is dead; v6 calls it an error.</summary>
internal sealed class DescribeGroups(GroupHost groups) : IHandler<DescribeGroupsRequest, DescribeGroupsResponse>
{
    public async ValueTask<DescribeGroupsResponse?> HandleAsync(RequestContext context, DescribeGroupsRequest request)
    {
        // Named again, a group has nothing new to tell, and its members are many times as long as its name.
        var asked = request.Groups.Distinct(StringComparer.Ordinal).Select(id =>
            groups.AskAsync(context, id, new DescribeGroup(id), error => Refusal(id, error)).AsTask());
        var described = await Task.WhenAll(asked).ConfigureAwait(false);
        foreach (var group in described)
        {
            if (request.IncludeAuthorizedOperations && group!.ErrorCode == ErrorCode.None)
                group.AuthorizedOperations = AuthorizedOperations.OnGroup;
        }
        return new DescribeGroupsResponse { Groups = [.. described.Select(group => group!)] };
    }

    public DescribeGroupsResponse Refuse(RequestContext context, DescribeGroupsRequest request, ErrorCode error) =>
        new() { Groups = request.Groups.ConvertAll(id => Refusal(id, error)) };

    private static DescribeGroupsResponse.DescribedGroup Refusal(string groupId, ErrorCode error) =>
        new() { GroupId = groupId, ErrorCode = error };
}
