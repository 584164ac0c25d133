using Moldau.Broker.Hosting;
using Moldau.Coordination.Groups;
using Moldau.Protocol;
using Moldau.Protocol.Messages;

namespace Moldau.Broker.Handlers.Groups;

/// <summary>DeleteGroups (key 42), v0-v3. Each group by itself: only an empty one goes, with its offsets.</summary>
internal sealed class DeleteGroups(GroupHost groups) : IHandler<DeleteGroupsRequest, DeleteGroupsResponse>
{
    public async ValueTask<DeleteGroupsResponse?> HandleAsync(RequestContext context, DeleteGroupsRequest request)
    {
        var asked = request.GroupsNames.Distinct(StringComparer.Ordinal).Select(id =>
            groups.AskAsync(context, id, new DeleteGroup(id), error => Refusal(id, error)).AsTask());
        var results = await Task.WhenAll(asked).ConfigureAwait(false);
        return new DeleteGroupsResponse { Results = [.. results.Select(result => result!)] };
    }

    public DeleteGroupsResponse Refuse(RequestContext context, DeleteGroupsRequest request, ErrorCode error) =>
        new() { Results = request.GroupsNames.ConvertAll(id => Refusal(id, error)) };

    private static DeleteGroupsResponse.DeletableGroupResult Refusal(string groupId, ErrorCode error) =>
        new() { GroupId = groupId, ErrorCode = GroupErrors.OfMember(error) };
}
