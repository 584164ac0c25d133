using Moldau.Broker.Sharing;
using Moldau.Coordination.Groups;
using Moldau.Protocol.Messages;

namespace Moldau.Broker.Handlers.Shares;

/// <summary>Turns what was fetched and acknowledged into the response: partitions without news are named only at the beginning of a session.</summary>
internal readonly struct ShareFetchAnswer(ShareLeaders leaders)
{
    public ShareFetchResponse Of(IReadOnlyList<ShareFetched> fetched, Dictionary<TopicIdPartition, ShareOutcome> acknowledged, bool namesAll)
    {
        var response = new ShareFetchResponse();
        var topics = new Dictionary<Guid, ShareFetchResponse.ShareFetchableTopicResponse>();
        foreach (var partition in fetched)
        {
            bool isAcknowledged = acknowledged.Remove(partition.At, out var outcome);
            if (namesAll || isAcknowledged || partition.IsNews) Add(response, topics, partition, outcome);
        }
        foreach (var (at, outcome) in acknowledged) Add(response, topics, new ShareFetched(at), outcome);
        return response;
    }

    private void Add(
        ShareFetchResponse response, Dictionary<Guid, ShareFetchResponse.ShareFetchableTopicResponse> topics, in ShareFetched partition, ShareOutcome acknowledged)
    {
        if (!topics.TryGetValue(partition.At.Topic, out var topic))
        {
            topics.Add(partition.At.Topic, topic = new() { TopicId = partition.At.Topic });
            response.Responses.Add(topic);
        }
        var told = PartitionOf(partition, acknowledged);
        topic.Partitions.Add(told);
        if (leaders.ToldWith(partition.Outcome.Error, partition.At) is not { } leader) return;
        told.CurrentLeader = new() { LeaderId = leader.Id, LeaderEpoch = leader.Epoch };
        if (leader.Id == leaders.NodeId && response.NodeEndpoints.Count == 0)
            response.NodeEndpoints.Add(new() { NodeId = leader.Id, Host = leaders.Host, Port = leaders.Port, Rack = leaders.Rack });
    }

    private static ShareFetchResponse.PartitionData PartitionOf(in ShareFetched partition, ShareOutcome acknowledged) => new()
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
    };
}
