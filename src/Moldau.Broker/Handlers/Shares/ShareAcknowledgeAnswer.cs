using Moldau.Broker.Sharing;
using Moldau.Coordination.Groups;
using Moldau.Protocol.Messages;

namespace Moldau.Broker.Handlers.Shares;

/// <summary>Turns what came of acknowledgements into the response.</summary>
internal readonly struct ShareAcknowledgeAnswer(ShareLeaders leaders)
{
    public ShareAcknowledgeResponse Of(Dictionary<TopicIdPartition, ShareOutcome> outcomes)
    {
        var response = new ShareAcknowledgeResponse();
        foreach (var topic in outcomes.GroupBy(outcome => outcome.Key.Topic))
        {
            var told = new ShareAcknowledgeResponse.ShareAcknowledgeTopicResponse { TopicId = topic.Key };
            foreach (var (at, outcome) in topic) told.Partitions.Add(PartitionOf(response, at, outcome));
            response.Responses.Add(told);
        }
        return response;
    }

    private ShareAcknowledgeResponse.PartitionData PartitionOf(ShareAcknowledgeResponse response, TopicIdPartition at, ShareOutcome outcome)
    {
        var told = new ShareAcknowledgeResponse.PartitionData { PartitionIndex = at.Partition, ErrorCode = outcome.Error, ErrorMessage = outcome.Message };
        if (leaders.ToldWith(outcome.Error, at) is not { } leader) return told;
        told.CurrentLeader = new() { LeaderId = leader.Id, LeaderEpoch = leader.Epoch };
        if (leader.Id == leaders.NodeId && response.NodeEndpoints.Count == 0)
            response.NodeEndpoints.Add(new() { NodeId = leader.Id, Host = leaders.Host, Port = leaders.Port, Rack = leaders.Rack });
        return told;
    }
}
