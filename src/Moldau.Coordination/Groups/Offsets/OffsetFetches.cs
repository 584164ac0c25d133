using Moldau.Coordination.Metadata;
using Moldau.Protocol;
using Moldau.Protocol.Messages;

namespace Moldau.Coordination.Groups.Offsets;

/// <summary>A request for the offsets of one group; stable ones are not told as long as a transaction may change them.</summary>
internal sealed record FetchOffsets(OffsetFetchRequest.OffsetFetchRequestGroup Group, bool OnlyStable);

/// <summary>
/// OffsetFetch for one group: what was asked for, or all that there is. A group or partition without offsets is no error.
/// </summary>
internal static class OffsetFetches
{
    private const int NoOffset = -1;

    public static OffsetFetchResponse.OffsetFetchResponseGroup Fetch(
        DurableGroups groups,
        FetchOffsets request,
        TopicsImage topics)
    {
        var response = new OffsetFetchResponse.OffsetFetchResponseGroup { GroupId = request.Group.GroupId };
        response.Topics.AddRange(request.Group.Topics is { } asked
            ? asked.Select(topic => AskedFor(groups, request, topic))
            : All(groups, request, topics));
        return response;
    }

    private static OffsetFetchResponse.OffsetFetchResponseTopics AskedFor(
        DurableGroups groups,
        FetchOffsets request,
        OffsetFetchRequest.OffsetFetchRequestTopics topic)
    {
        var answer = new OffsetFetchResponse.OffsetFetchResponseTopics { Name = topic.Name, TopicId = topic.TopicId };
        answer.Partitions.AddRange(topic.PartitionIndexes.Select(index =>
            Of(groups, request, new TopicPartition(topic.Name, index), topic.TopicId)));
        return answer;
    }

    private static IEnumerable<OffsetFetchResponse.OffsetFetchResponseTopics> All(DurableGroups groups, FetchOffsets request, TopicsImage topics)
    {
        foreach (var topic in groups.Offsets(request.Group.GroupId).GroupBy(offset => offset.Key.Topic))
        {
            var answer = new OffsetFetchResponse.OffsetFetchResponseTopics { Name = topic.Key };
            var topicId = topics.ByName.TryGetValue(topic.Key, out var present) ? present.Id : Guid.Empty;
            var partitions = topic.Where(offset => IsOf(offset.Value, topicId)).OrderBy(offset => offset.Key.Partition);
            answer.Partitions.AddRange(partitions.Select(offset => Of(groups, request, offset.Key, topicId)));
            if (answer.Partitions.Count > 0) yield return answer;
        }
    }

    /// <summary>The id is that of the topic that the client means; empty where it knows no ids.</summary>
    private static OffsetFetchResponse.OffsetFetchResponsePartitions Of(
        DurableGroups groups, FetchOffsets request, TopicPartition partition, Guid topicId)
    {
        bool isUnstable = request.OnlyStable && groups.Pending.Has(request.Group.GroupId, partition);
        var stored = isUnstable ? null : groups.Offset(request.Group.GroupId, partition);
        var committed = stored is not null && IsOf(stored, topicId) ? stored : null;
        return new()
        {
            PartitionIndex = partition.Partition,
            CommittedOffset = committed?.Offset ?? NoOffset,
            CommittedLeaderEpoch = committed?.LeaderEpoch ?? NoOffset,
            Metadata = committed?.Metadata ?? "",
            ErrorCode = isUnstable ? ErrorCode.UnstableOffsetCommit : ErrorCode.None,
        };
    }

    /// <summary>A commit that was under way when its topic was deleted may be stored after that, under the name that another topic has now.</summary>
    private static bool IsOf(OffsetCommitValue stored, Guid topicId) =>
        topicId == Guid.Empty || stored.TopicId == Guid.Empty || stored.TopicId == topicId;
}
