using Moldau.Broker.Topics;
using Moldau.Coordination.Metadata;
using Moldau.Protocol;
using Moldau.Protocol.Messages;
using ReassignablePartition = Moldau.Protocol.Messages.AlterPartitionReassignmentsRequest.ReassignablePartition;
using ReassignablePartitionResponse = Moldau.Protocol.Messages.AlterPartitionReassignmentsResponse.ReassignablePartitionResponse;

namespace Moldau.Broker.Handlers.Topics;

/// <summary>
/// AlterPartitionReassignments (key 45), v0-v1. A partition has its one replica on this broker: to leave it there is done at once, all else
/// is refused, and there is nothing under way to cancel.
/// </summary>
internal sealed class AlterPartitionReassignments(MetadataHost metadata, int nodeId)
    : IHandler<AlterPartitionReassignmentsRequest, AlterPartitionReassignmentsResponse>
{
    public ValueTask<AlterPartitionReassignmentsResponse?> HandleAsync(RequestContext context, AlterPartitionReassignmentsRequest request)
    {
        var topics = metadata.Image.Topics;
        return new(new AlterPartitionReassignmentsResponse
        {
            AllowReplicationFactorChange = request.AllowReplicationFactorChange,
            ErrorMessage = null,
            Responses = request.Topics.ConvertAll(topic => new AlterPartitionReassignmentsResponse.ReassignableTopicResponse
            {
                Name = topic.Name,
                Partitions = topic.Partitions.ConvertAll(partition => Answer(partition, Judge(topics, topic.Name, partition))),
            }),
        });
    }

    public AlterPartitionReassignmentsResponse Refuse(RequestContext context, AlterPartitionReassignmentsRequest request, ErrorCode error) =>
        new() { ErrorCode = error, ErrorMessage = null };

    private static ReassignablePartitionResponse Answer(ReassignablePartition partition, Refusal refusal) =>
        new() { PartitionIndex = partition.PartitionIndex, ErrorCode = refusal.Code, ErrorMessage = refusal.Message };

    private Refusal Judge(TopicsImage topics, string topic, ReassignablePartition partition)
    {
        int index = partition.PartitionIndex;
        bool exists = topics.ByName.TryGetValue(topic, out var found) && (uint)index < (uint)found.Partitions.Length;
        if (!exists) return new(ErrorCode.UnknownTopicOrPartition, $"There is no partition {index} of a topic of this name.");
        return partition.Replicas switch
        {
            null => new(ErrorCode.NoReassignmentInProgress, $"No reassignment of {topic}-{index} is under way that could be cancelled."),
            [var only] when only == nodeId => default,
            [] => new(ErrorCode.InvalidReplicaAssignment, $"{topic}-{index} would have no replica."),
            _ => new(ErrorCode.InvalidReplicaAssignment, $"{topic}-{index} can only be on broker {nodeId}: there is no other one."),
        };
    }
}
