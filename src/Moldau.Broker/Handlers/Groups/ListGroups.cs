using Moldau.Broker.Hosting;
using Moldau.Coordination.Groups;
using Moldau.Protocol;
using Moldau.Protocol.Messages;

namespace Moldau.Broker.Handlers.Groups;

/// <summary>ListGroups (key 16), v0-v5. All groups, or from v4 on those in the given states and from v5 on of the given types.</summary>
internal sealed class ListGroups(GroupHost groups) : IHandler<ListGroupsRequest, ListGroupsResponse>
{
    public async ValueTask<ListGroupsResponse?> HandleAsync(RequestContext context, ListGroupsRequest request)
    {
        // What cannot be asked is left out, and the error says that the list is not whole.
        var error = ErrorCode.None;
        var filter = new GroupFilter(request.StatesFilter, request.TypesFilter);
        var lists = await groups.AskAllAsync(context, filter, reason =>
        {
            error = reason;
            return new GroupList([]);
        }).ConfigureAwait(false);
        return new ListGroupsResponse { ErrorCode = error, Groups = [.. lists.SelectMany(list => list!.Groups)] };
    }

    public ListGroupsResponse Refuse(RequestContext context, ListGroupsRequest request, ErrorCode error) => new() { ErrorCode = error };
}
