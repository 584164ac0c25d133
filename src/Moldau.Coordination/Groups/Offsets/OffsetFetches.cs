using Moldau.Protocol.Messages;

namespace Moldau.Coordination.Groups.Offsets;

/// <summary>
/// OffsetFetch for one group: what was asked for, or all that there is. A group or partition without offsets is no error.
/// </summary>
internal static class OffsetFetches
{
    private const int NoOffset = -1;

    public static OffsetFetchResponse.OffsetFetchResponseGroup Fetch(
        DurableGroups groups,
        OffsetFetchRequest.OffsetFetchRequestGroup request)
    {
        var response = new OffsetFetchResponse.OffsetFetchResponseGroup { GroupId = request.GroupId };
        response.Topics.AddRange(request.Topics is { } topics
            ? topics.Select(topic => AskedFor(groups, request.GroupId, topic))
            : All(groups, request.GroupId));
        return response;
    }

    private static OffsetFetchResponse.OffsetFetchResponseTopics AskedFor(
        DurableGroups groups,
        string groupId,
        OffsetFetchRequest.OffsetFetchRequestTopics topic)
    {
        var answer = new OffsetFetchResponse.OffsetFetchResponseTopics { Name = topic.Name, TopicId = topic.TopicId };
        answer.Partitions.AddRange(topic.PartitionIndexes.Select(index =>
            Of(index, groups.Offset(groupId, new TopicPartition(topic.Name, index)))));
        return answer;
    }

    private static IEnumerable<OffsetFetchResponse.OffsetFetchResponseTopics> All(DurableGroups groups, string groupId)
    {
        foreach (var topic in groups.Offsets(groupId).GroupBy(offset => offset.Key.Topic))
        {
            var answer = new OffsetFetchResponse.OffsetFetchResponseTopics { Name = topic.Key };
            var partitions = topic.OrderBy(offset => offset.Key.Partition);
            answer.Partitions.AddRange(partitions.Select(offset => Of(offset.Key.Partition, offset.Value)));
            yield return answer;
        }
    }

    private static OffsetFetchResponse.OffsetFetchResponsePartitions Of(int index, OffsetCommitValue? committed) => new()
    {
        PartitionIndex = index,
        CommittedOffset = committed?.Offset ?? NoOffset,
        CommittedLeaderEpoch = committed?.LeaderEpoch ?? NoOffset,
        Metadata = committed?.Metadata ?? "",
    };
}
