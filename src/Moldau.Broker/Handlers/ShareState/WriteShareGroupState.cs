using Moldau.Broker.Hosting;
using Moldau.Coordination.ShareState;
using Moldau.Protocol;
using Moldau.Protocol.Messages;

namespace Moldau.Broker.Handlers.ShareState;

/// <summary>WriteShareGroupState (key 85), v0-v1. What the leader of a share partition has to say that has changed. v1 tells how many records are done with.</summary>
internal sealed class WriteShareGroupState(ShareStateHost host) : IHandler<WriteShareGroupStateRequest, WriteShareGroupStateResponse>
{
    public async ValueTask<WriteShareGroupStateResponse?> HandleAsync(RequestContext context, WriteShareGroupStateRequest request) =>
        Answer(await Asked(request).AskAsync(host.AskAsync).ConfigureAwait(false));

    public WriteShareGroupStateResponse Refuse(RequestContext context, WriteShareGroupStateRequest request, ErrorCode error) => Answer(Asked(request).Refuse(error));

    private static AskedPartitions Asked(WriteShareGroupStateRequest request) => AskedPartitions.Of(
        request.GroupId,
        request.Topics,
        topic => topic.Partitions.Select(partition => new WriteShareState(new(request.GroupId, topic.TopicId, partition.Partition))
        {
            StateEpoch = partition.StateEpoch,
            LeaderEpoch = partition.LeaderEpoch,
            StartOffset = partition.StartOffset,
            DeliveryCompleteCount = partition.DeliveryCompleteCount,
            Batches = partition.StateBatches.ConvertAll(batch =>
                new ShareStateBatch(batch.FirstOffset, batch.LastOffset, (DeliveryState)batch.DeliveryState, batch.DeliveryCount)),
        }));

    private static WriteShareGroupStateResponse Answer(ILookup<Guid, AnsweredPartition> topics) => new()
    {
        Results =
        [
            .. topics.Select(topic => new WriteShareGroupStateResponse.WriteStateResult
            {
                TopicId = topic.Key,
                Partitions = [.. topic.Select(partition => new WriteShareGroupStateResponse.PartitionResult
                {
                    Partition = partition.Key.Partition,
                    ErrorCode = partition.Answer.Error,
                    ErrorMessage = partition.Answer.Message,
                })],
            }),
        ],
    };
}
