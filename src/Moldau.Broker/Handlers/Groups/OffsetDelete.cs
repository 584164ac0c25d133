using Moldau.Broker.Hosting;
using Moldau.Coordination.Metadata;
using Moldau.Protocol;
using Moldau.Protocol.Messages;
using PartitionResult = Moldau.Protocol.Messages.OffsetDeleteResponse.OffsetDeleteResponsePartition;
using Topic = Moldau.Protocol.Messages.OffsetDeleteRequest.OffsetDeleteRequestTopic;

namespace Moldau.Broker.Handlers.Groups;

/// <summary>OffsetDelete (key 47), v0. Drops committed offsets, except of topics that the group's members are subscribed to.</summary>
internal sealed class OffsetDelete(GroupHost groups, Func<TopicsImage> topics) : IHandler<OffsetDeleteRequest, OffsetDeleteResponse>
{
    public async ValueTask<OffsetDeleteResponse?> HandleAsync(RequestContext context, OffsetDeleteRequest request)
    {
        var unknown = new OffsetDeleteResponse();
        request.Topics = TakeKnown(request.Topics, unknown);
        // The group is judged first, so it is asked even if nothing is left.
        var asked = groups.AskAsync(context, request.GroupId, request, error => Refuse(context, request, error));
        var response = (await asked.ConfigureAwait(false))!;
        if (response.ErrorCode != ErrorCode.None) return response;
        if (unknown.Topics.Count == 0) return response;
        var byName = response.Topics.DistinctBy(topic => topic.Name).ToDictionary(topic => topic.Name);
        foreach (var topic in unknown.Topics)
        {
            if (byName.TryGetValue(topic.Name, out var known)) known.Partitions.AddRange(topic.Partitions);
            else response.Topics.Add(topic);
        }
        return response;
    }

    public OffsetDeleteResponse Refuse(RequestContext context, OffsetDeleteRequest request, ErrorCode error) =>
        new() { ErrorCode = GroupErrors.OfMember(error) };

    private List<Topic> TakeKnown(List<Topic> asked, OffsetDeleteResponse unknown)
    {
        var image = topics();
        var known = new List<Topic>();
        foreach (var topic in asked)
        {
            int partitions = image.ByName.TryGetValue(topic.Name, out var found) ? found.Partitions.Length : 0;
            var parts = topic.Partitions.ToLookup(partition => (uint)partition.PartitionIndex < (uint)partitions);
            if (parts.Contains(true)) known.Add(new Topic { Name = topic.Name, Partitions = [.. parts[true]] });
            if (!parts.Contains(false)) continue;
            unknown.Topics.Add(new OffsetDeleteResponse.OffsetDeleteResponseTopic
            {
                Name = topic.Name,
                Partitions =
                [
                    .. parts[false].Select(partition => new PartitionResult
                    {
                        PartitionIndex = partition.PartitionIndex,
                        ErrorCode = ErrorCode.UnknownTopicOrPartition,
                    }),
                ],
            });
        }
        return known;
    }
}
