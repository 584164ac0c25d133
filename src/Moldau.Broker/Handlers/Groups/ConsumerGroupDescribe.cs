using Moldau.Broker.Hosting;
using Moldau.Coordination.Groups;
using Moldau.Protocol;
using Moldau.Protocol.Messages;
using Described = Moldau.Protocol.Messages.ConsumerGroupDescribeResponse.DescribedGroup;

namespace Moldau.Broker.Handlers.Groups;

/// <summary>
/// ConsumerGroupDescribe (key 69), v0-v1. Groups of the consumer protocol, with what each member has and is to have. v1 tells which
/// protocol a member speaks.
/// </summary>
internal sealed class ConsumerGroupDescribe(GroupHost groups) : IHandler<ConsumerGroupDescribeRequest, ConsumerGroupDescribeResponse>
{
    /// <summary>A group that is named again is shown again, as in Kafka; but its members are many times as long as its name.</summary>
    private const int RepeatsMax = 100;

    public async ValueTask<ConsumerGroupDescribeResponse?> HandleAsync(RequestContext context, ConsumerGroupDescribeRequest request)
    {
        string[] asked = [.. request.GroupIds.Distinct(StringComparer.Ordinal)];
        var described = await Task.WhenAll(asked.Select(id => DescribeAsync(context, id))).ConfigureAwait(false);
        foreach (var group in described)
        {
            if (request.IncludeAuthorizedOperations && group!.ErrorCode == ErrorCode.None)
                group.AuthorizedOperations = AuthorizedOperations.OnGroup;
        }
        var named = new HashSet<string>(StringComparer.Ordinal);
        var repeated = request.GroupIds.FindAll(id => !named.Add(id)).Take(RepeatsMax);
        var byId = described.ToDictionary(group => group!.GroupId, StringComparer.Ordinal);
        return new ConsumerGroupDescribeResponse { Groups = [.. asked.Concat(repeated).Select(id => byId[id]!)] };
    }

    public ConsumerGroupDescribeResponse Refuse(RequestContext context, ConsumerGroupDescribeRequest request, ErrorCode error) =>
        new() { Groups = request.GroupIds.ConvertAll(id => Refusal(id, error)) };

    private Task<Described?> DescribeAsync(RequestContext context, string groupId) => groupId.Length == 0
        ? Task.FromResult<Described?>(Refusal(groupId, ErrorCode.InvalidGroupId))
        : groups.AskAsync(context, groupId, new DescribeConsumerGroup(groupId), error => Refusal(groupId, error)).AsTask();

    private static Described Refusal(string groupId, ErrorCode error) => new() { GroupId = groupId, ErrorCode = error };
}
