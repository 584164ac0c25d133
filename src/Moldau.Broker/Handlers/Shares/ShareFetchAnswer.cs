using Moldau.Broker.Sharing;
using Moldau.Coordination.Groups;
using Moldau.Protocol.Messages;

namespace Moldau.Broker.Handlers.Shares;

/// <summary>Turns what was fetched and acknowledged into the response: partitions without news are named only at the beginning of a session.</summary>
internal static class ShareFetchAnswer
{
    public static List<ShareFetchResponse.ShareFetchableTopicResponse> Of(
        IReadOnlyList<ShareFetched> fetched, Dictionary<TopicIdPartition, ShareOutcome> acknowledged, bool namesAll)
    {
        var topics = new Dictionary<Guid, ShareFetchResponse.ShareFetchableTopicResponse>();
        foreach (var partition in fetched)
        {
            bool isAcknowledged = acknowledged.Remove(partition.At, out var outcome);
            if (namesAll || isAcknowledged || partition.IsNews) Add(topics, partition, outcome);
        }
        foreach (var (at, outcome) in acknowledged) Add(topics, new ShareFetched(at), outcome);
        return [.. topics.Values];
    }

    private static void Add(
        Dictionary<Guid, ShareFetchResponse.ShareFetchableTopicResponse> topics, in ShareFetched partition, ShareOutcome acknowledged)
    {
        if (!topics.TryGetValue(partition.At.Topic, out var topic)) topics.Add(partition.At.Topic, topic = new() { TopicId = partition.At.Topic });
        topic.Partitions.Add(new ShareFetchResponse.PartitionData
        {
            PartitionIndex = partition.At.Partition,
            ErrorCode = partition.Outcome.Error,
            ErrorMessage = partition.Outcome.Message,
            AcknowledgeErrorCode = acknowledged.Error,
            AcknowledgeErrorMessage = acknowledged.Message,
            Records = partition.Records,
            AcquiredRecords =
            [
                .. partition.Acquired.Select(range => new ShareFetchResponse.AcquiredRecords
                {
                    FirstOffset = range.Offsets.First,
                    LastOffset = range.Offsets.Last,
                    DeliveryCount = range.DeliveryCount,
                }),
            ],
        });
    }
}
