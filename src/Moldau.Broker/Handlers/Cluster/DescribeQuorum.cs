using Moldau.Broker.Topics;
using Moldau.Coordination.Metadata;
using Moldau.Protocol;
using Moldau.Protocol.Messages;
using PartitionData = Moldau.Protocol.Messages.DescribeQuorumResponse.PartitionData;

namespace Moldau.Broker.Handlers.Cluster;

/// <summary>
/// DescribeQuorum (key 55), v0-v2. The quorum of the metadata log: this node leads it alone. Only a request for just its one partition is
/// answered; of any other each partition is unknown, as with Kafka.
/// </summary>
internal sealed class DescribeQuorum(MetadataHost metadata, int nodeId, TimeProvider time) : IHandler<DescribeQuorumRequest, DescribeQuorumResponse>
{
    public ValueTask<DescribeQuorumResponse?> HandleAsync(RequestContext context, DescribeQuorumRequest request)
    {
        bool asksForIt = request.Topics is [{ TopicName: TopicNames.ClusterMetadata, Partitions: [{ PartitionIndex: 0 }] }];
        if (!asksForIt) return new(Answer(request, Unknown));
        var quorum = metadata.Quorum;
        var response = Answer(request, _ => Describe(quorum));
        response.Nodes.AddRange(quorum.Voters.Select(voter => new DescribeQuorumResponse.Node
        {
            NodeId = voter.VoterId,
            Listeners = voter.Endpoints.ConvertAll(endpoint => new DescribeQuorumResponse.Listener
            {
                Name = endpoint.Name,
                Host = endpoint.Host,
                Port = endpoint.Port,
            }),
        }));
        return new(response);
    }

    public DescribeQuorumResponse Refuse(RequestContext context, DescribeQuorumRequest request, ErrorCode error) =>
        new() { ErrorCode = error, ErrorMessage = null };

    private static DescribeQuorumResponse Answer(DescribeQuorumRequest request, Func<int, PartitionData> answer) => new()
    {
        ErrorMessage = "",
        Topics = request.Topics.ConvertAll(topic => new DescribeQuorumResponse.TopicData
        {
            TopicName = topic.TopicName,
            Partitions = topic.Partitions.ConvertAll(partition => answer(partition.PartitionIndex)),
        }),
    };

    private static PartitionData Unknown(int index) => new()
    {
        PartitionIndex = index,
        ErrorCode = ErrorCode.UnknownTopicOrPartition,
        ErrorMessage = $"There is no quorum of it: ask for {MetadataLog.Name} alone.",
    };

    private PartitionData Describe(MetadataQuorum quorum)
    {
        long now = time.GetUtcNow().ToUnixTimeMilliseconds();
        return new()
        {
            PartitionIndex = 0,
            ErrorMessage = "",
            LeaderId = nodeId,
            LeaderEpoch = quorum.Epoch,
            HighWatermark = quorum.HighWatermark,
            CurrentVoters = [.. quorum.Voters.Select(voter => new DescribeQuorumResponse.ReplicaState
            {
                ReplicaId = voter.VoterId,
                ReplicaDirectoryId = voter.VoterDirectoryId,
                LogEndOffset = quorum.LogEndOffset,
                LastFetchTimestamp = now,
                LastCaughtUpTimestamp = now,
            })],
        };
    }
}
