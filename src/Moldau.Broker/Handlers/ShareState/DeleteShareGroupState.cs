using Moldau.Broker.Sharing;
using Moldau.Coordination.ShareState;
using Moldau.Protocol;
using Moldau.Protocol.Messages;

namespace Moldau.Broker.Handlers.ShareState;

/// <summary>DeleteShareGroupState (key 86), v0. Forgets share partitions; for the group coordinator.</summary>
internal sealed class DeleteShareGroupState(SharePartitions partitions) : IHandler<DeleteShareGroupStateRequest, DeleteShareGroupStateResponse>
{
    public async ValueTask<DeleteShareGroupStateResponse?> HandleAsync(RequestContext context, DeleteShareGroupStateRequest request) =>
        Answer(await Asked(request).AskAsync(partitions.ReplaceAsync).ConfigureAwait(false));

    public DeleteShareGroupStateResponse Refuse(RequestContext context, DeleteShareGroupStateRequest request, ErrorCode error) => Answer(Asked(request).Refuse(error));

    private static AskedPartitions Asked(DeleteShareGroupStateRequest request) => AskedPartitions.Of(
        request.GroupId,
        request.Topics,
        topic => topic.Partitions.Select(partition => new DeleteShareState(new(request.GroupId, topic.TopicId, partition.Partition))));

    private static DeleteShareGroupStateResponse Answer(ILookup<Guid, AnsweredPartition> topics) => new()
    {
        Results =
        [
            .. topics.Select(topic => new DeleteShareGroupStateResponse.DeleteStateResult
            {
                TopicId = topic.Key,
                Partitions = [.. topic.Select(partition => new DeleteShareGroupStateResponse.PartitionResult
                {
                    Partition = partition.Key.Partition,
                    ErrorCode = partition.Answer.Error,
                    ErrorMessage = partition.Answer.Message,
                })],
            }),
        ],
    };
}
