using Moldau.Broker.Hosting;
using Moldau.Coordination.Groups.Offsets;
using Moldau.Coordination.Metadata;
using Moldau.Protocol;
using Moldau.Protocol.Messages;
using Group = Moldau.Protocol.Messages.OffsetFetchRequest.OffsetFetchRequestGroup;
using GroupResult = Moldau.Protocol.Messages.OffsetFetchResponse.OffsetFetchResponseGroup;
using TopicResult = Moldau.Protocol.Messages.OffsetFetchResponse.OffsetFetchResponseTopics;

namespace Moldau.Broker.Handlers.Groups;

/// <summary>
/// OffsetFetch (key 9), v1-v10. One group up to v7, many from v8 on; v10 names topics by id only. Without topics it asks for all. What a
/// group has not committed, or a group that does not exist, is answered by offset -1 and no error. From v7 on only stable offsets may be asked
/// for: one that an open transaction may change is an error.
/// </summary>
internal sealed class OffsetFetch(GroupHost groups, Func<TopicsImage> topics) : IHandler<OffsetFetchRequest, OffsetFetchResponse>
{
    private const short GroupErrorSince = 2;
    private const short ManyGroupsSince = 8;
    private const short TopicIdsSince = 10;

    public async ValueTask<OffsetFetchResponse?> HandleAsync(RequestContext context, OffsetFetchRequest request)
    {
        if (context.Version < ManyGroupsSince)
        {
            var group = OneGroup(request);
            LimitRepeats([group]);
            var one = await FetchAsync(context, group, request.RequireStable).ConfigureAwait(false);
            return OneGroup(request, one!, context.Version);
        }
        LimitRepeats(request.Groups);
        // All are asked before the first is awaited: they may lie in several shards. Asked again for all its offsets, a group has nothing new
        // to tell.
        var groupsAsked = request.Groups.DistinctBy(group => group.Topics is null ? group.GroupId : (object)group).ToList();
        var asked = groupsAsked.ConvertAll(group => context.Version >= TopicIdsSince
            ? FetchByIdAsync(context, group, request.RequireStable).AsTask()
            : FetchAsync(context, group, request.RequireStable).AsTask());
        var results = await Task.WhenAll(asked).ConfigureAwait(false);
        return new OffsetFetchResponse { Groups = [.. results.Select(result => result!)] };
    }

    public OffsetFetchResponse Refuse(RequestContext context, OffsetFetchRequest request, ErrorCode error) =>
        context.Version < ManyGroupsSince
            ? OneGroup(request, Failed(request.GroupId, error), context.Version)
            : new OffsetFetchResponse { Groups = request.Groups.ConvertAll(group => Failed(group.GroupId, error)) };

    /// <summary>With an offset comes the text that was committed with it.</summary>
    private static void LimitRepeats(List<Group> groups)
    {
        var limit = new RepeatLimit<(string GroupId, string Topic, Guid TopicId, int Index)>();
        foreach (var group in groups)
        {
            foreach (var topic in group.Topics ?? [])
                topic.PartitionIndexes.RemoveAll(index => !limit.Admits((group.GroupId, topic.Name, topic.TopicId, index)));
        }
    }

    private ValueTask<GroupResult?> FetchAsync(RequestContext context, Group group, bool onlyStable) =>
        groups.AskAsync(context, group.GroupId, new FetchOffsets(group, onlyStable), error => Failed(group.GroupId, GroupErrors.OfMember(error)));

    private static GroupResult Failed(string groupId, ErrorCode error) => new() { GroupId = groupId, ErrorCode = error };

    private async ValueTask<GroupResult?> FetchByIdAsync(RequestContext context, Group group, bool onlyStable)
    {
        var image = topics();
        var unknown = new List<TopicResult>();
        if (group.Topics is { } asked)
        {
            unknown.AddRange(asked.Where(topic => !image.ById.ContainsKey(topic.TopicId)).Select(Unknown));
            group.Topics = asked.FindAll(topic => image.ById.ContainsKey(topic.TopicId));
            foreach (var topic in group.Topics) topic.Name = image.ById[topic.TopicId].Name;
        }
        var result = (await FetchAsync(context, group, onlyStable).ConfigureAwait(false))!;
        if (result.ErrorCode != ErrorCode.None) return result;
        result.Topics.RemoveAll(topic => !TryIdentify(topic, image));
        result.Topics.AddRange(unknown);
        return result;
    }

    private static bool TryIdentify(TopicResult topic, TopicsImage image)
    {
        if (topic.TopicId == Guid.Empty && image.ByName.TryGetValue(topic.Name, out var found)) topic.TopicId = found.Id;
        return topic.TopicId != Guid.Empty;
    }

    private static TopicResult Unknown(OffsetFetchRequest.OffsetFetchRequestTopics topic) => new()
    {
        TopicId = topic.TopicId,
        Partitions = topic.PartitionIndexes.ConvertAll(index => new OffsetFetchResponse.OffsetFetchResponsePartitions
        {
            PartitionIndex = index,
            CommittedOffset = -1,
            Metadata = "",
            ErrorCode = ErrorCode.UnknownTopicId,
        }),
    };

    private static Group OneGroup(OffsetFetchRequest request) => new()
    {
        GroupId = request.GroupId,
        Topics = request.Topics?.ConvertAll(topic => new OffsetFetchRequest.OffsetFetchRequestTopics
        {
            Name = topic.Name,
            PartitionIndexes = topic.PartitionIndexes,
        }),
    };

    /// <summary>The lowest version has no place for an error of the group: its partitions have it.</summary>
    private static OffsetFetchResponse OneGroup(OffsetFetchRequest request, GroupResult result, short version)
    {
        if (result.ErrorCode != ErrorCode.None && version >= GroupErrorSince)
            return new OffsetFetchResponse { ErrorCode = result.ErrorCode };
        if (result.ErrorCode != ErrorCode.None) return new OffsetFetchResponse { Topics = AllFailed(request, result.ErrorCode) };
        return new OffsetFetchResponse
        {
            Topics = result.Topics.ConvertAll(topic => new OffsetFetchResponse.OffsetFetchResponseTopic
            {
                Name = topic.Name,
                Partitions = topic.Partitions.ConvertAll(partition => new OffsetFetchResponse.OffsetFetchResponsePartition
                {
                    PartitionIndex = partition.PartitionIndex,
                    CommittedOffset = partition.CommittedOffset,
                    CommittedLeaderEpoch = partition.CommittedLeaderEpoch,
                    Metadata = partition.Metadata,
                    ErrorCode = partition.ErrorCode,
                }),
            }),
        };
    }

    private static List<OffsetFetchResponse.OffsetFetchResponseTopic> AllFailed(OffsetFetchRequest request, ErrorCode error)
    {
        var failed = new List<OffsetFetchResponse.OffsetFetchResponseTopic>();
        foreach (var topic in request.Topics ?? [])
        {
            failed.Add(new OffsetFetchResponse.OffsetFetchResponseTopic
            {
                Name = topic.Name,
                Partitions = topic.PartitionIndexes.ConvertAll(index => new OffsetFetchResponse.OffsetFetchResponsePartition
                {
                    PartitionIndex = index,
                    CommittedOffset = -1,
                    Metadata = "",
                    ErrorCode = error,
                }),
            });
        }
        return failed;
    }
}
