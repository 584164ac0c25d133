using Moldau.Broker.Hosting;
using Moldau.Coordination.Groups;
using Moldau.Coordination.Metadata;
using Moldau.Protocol;
using Moldau.Protocol.Messages;
using Described = Moldau.Protocol.Messages.ConsumerGroupDescribeResponse.DescribedGroup;

namespace Moldau.Broker.Handlers.Groups;

/// <summary>
/// ConsumerGroupDescribe (key 69), v0-v1. Groups of the consumer protocol, with what each member has and is to have. v1 tells which
/// protocol a member speaks.
/// </summary>
internal sealed class ConsumerGroupDescribe(GroupHost groups, Func<ClusterImage> image) : IHandler<ConsumerGroupDescribeRequest, ConsumerGroupDescribeResponse>
{
    public async ValueTask<ConsumerGroupDescribeResponse?> HandleAsync(RequestContext context, ConsumerGroupDescribeRequest request)
    {
        if (!GroupProtocol.Consumer.IsOn(image())) return Refuse(context, request, GroupProtocol.Consumer.Off.Code);
        var named = new NamedIds(request.GroupIds);
        var described = await Task.WhenAll(named.Once.Select(id => DescribeAsync(context, id))).ConfigureAwait(false);
        foreach (var group in described)
        {
            if (request.IncludeAuthorizedOperations && group!.ErrorCode == ErrorCode.None)
                group.AuthorizedOperations = AuthorizedOperations.OnGroup;
        }
        return new ConsumerGroupDescribeResponse { Groups = named.Repeat<Described>(described!) };
    }

    public ConsumerGroupDescribeResponse Refuse(RequestContext context, ConsumerGroupDescribeRequest request, ErrorCode error) =>
        new() { Groups = request.GroupIds.ConvertAll(id => Refusal(id, error)) };

    private Task<Described?> DescribeAsync(RequestContext context, string groupId) => groupId.Length == 0
        ? Task.FromResult<Described?>(Refusal(groupId, ErrorCode.InvalidGroupId))
        : groups.AskAsync(context, groupId, new DescribeConsumerGroup(groupId), error => Refusal(groupId, error)).AsTask();

    private static Described Refusal(string groupId, ErrorCode error) => new() { GroupId = groupId, ErrorCode = error };
}
