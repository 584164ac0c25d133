using Moldau.Broker.Hosting;
using Moldau.Coordination.ShareState;
using Moldau.Protocol;
using Moldau.Protocol.Messages;

namespace Moldau.Broker.Handlers.ShareState;

/// <summary>ReadShareGroupStateSummary (key 87), v0-v1. Where share partitions stand, without their batches; of one that has no state it says that there is no start offset. v1 tells how many
/// records are done with.</summary>
internal sealed class ReadShareGroupStateSummary(ShareStateHost host) : IHandler<ReadShareGroupStateSummaryRequest, ReadShareGroupStateSummaryResponse>
{
    public async ValueTask<ReadShareGroupStateSummaryResponse?> HandleAsync(RequestContext context, ReadShareGroupStateSummaryRequest request) =>
        Answer(await Asked(request).AskAsync(host.AskAsync).ConfigureAwait(false));

    public ReadShareGroupStateSummaryResponse Refuse(RequestContext context, ReadShareGroupStateSummaryRequest request, ErrorCode error) => Answer(Asked(request).Refuse(error));

    private static AskedPartitions Asked(ReadShareGroupStateSummaryRequest request) => AskedPartitions.Of(
        request.GroupId,
        request.Topics,
        topic => topic.Partitions.Select(partition => new ReadShareStateSummary(new(request.GroupId, topic.TopicId, partition.Partition))));

    private static ReadShareGroupStateSummaryResponse Answer(ILookup<Guid, AnsweredPartition> topics) => new()
    {
        Results =
        [
            .. topics.Select(topic => new ReadShareGroupStateSummaryResponse.ReadStateSummaryResult
            {
                TopicId = topic.Key,
                Partitions = [.. topic.Select(PartitionOf)],
            }),
        ],
    };

    private static ReadShareGroupStateSummaryResponse.PartitionResult PartitionOf(AnsweredPartition partition)
    {
        var result = new ReadShareGroupStateSummaryResponse.PartitionResult
        {
            Partition = partition.Key.Partition,
            ErrorCode = partition.Answer.Error,
            ErrorMessage = partition.Answer.Message,
        };
        if (partition.Answer.Error != ErrorCode.None) return result;
        result.StartOffset = result.DeliveryCompleteCount = SharePartitionState.None;
        if (partition.Answer.State is not { } state) return result;
        result.StateEpoch = state.StateEpoch;
        result.LeaderEpoch = state.LeaderEpoch;
        result.StartOffset = state.StartOffset;
        result.DeliveryCompleteCount = state.DeliveryCompleteCount;
        return result;
    }
}
