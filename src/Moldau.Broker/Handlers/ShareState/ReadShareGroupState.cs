using Moldau.Broker.Hosting;
using Moldau.Coordination.ShareState;
using Moldau.Protocol;
using Moldau.Protocol.Messages;

namespace Moldau.Broker.Handlers.ShareState;

/// <summary>ReadShareGroupState (key 84), v0. What the leader of a share partition begins with; leaders before it are fenced from then on.</summary>
internal sealed class ReadShareGroupState(ShareStateHost host) : IHandler<ReadShareGroupStateRequest, ReadShareGroupStateResponse>
{
    public async ValueTask<ReadShareGroupStateResponse?> HandleAsync(RequestContext context, ReadShareGroupStateRequest request) =>
        Answer(await Asked(request).AskAsync(host.AskAsync).ConfigureAwait(false));

    public ReadShareGroupStateResponse Refuse(RequestContext context, ReadShareGroupStateRequest request, ErrorCode error) => Answer(Asked(request).Refuse(error));

    private static AskedPartitions Asked(ReadShareGroupStateRequest request) => AskedPartitions.Of(
        request.GroupId,
        request.Topics,
        topic => topic.Partitions.Select(partition => new ReadShareState(new(request.GroupId, topic.TopicId, partition.Partition), partition.LeaderEpoch)));

    private static ReadShareGroupStateResponse Answer(ILookup<Guid, AnsweredPartition> topics) => new()
    {
        Results =
        [
            .. topics.Select(topic => new ReadShareGroupStateResponse.ReadStateResult
            {
                TopicId = topic.Key,
                Partitions = [.. topic.Select(PartitionOf)],
            }),
        ],
    };

    private static ReadShareGroupStateResponse.PartitionResult PartitionOf(AnsweredPartition partition)
    {
        var result = new ReadShareGroupStateResponse.PartitionResult
        {
            Partition = partition.Key.Partition,
            ErrorCode = partition.Answer.Error,
            ErrorMessage = partition.Answer.Message,
        };
        if (partition.Answer.State is not { } state) return result;
        result.StateEpoch = state.StateEpoch;
        result.StartOffset = state.StartOffset;
        result.StateBatches = [.. state.Batches.Select(batch => new ReadShareGroupStateResponse.StateBatch
        {
            FirstOffset = batch.FirstOffset,
            LastOffset = batch.LastOffset,
            DeliveryState = (sbyte)batch.State,
            DeliveryCount = batch.DeliveryCount,
        })];
        return result;
    }
}
