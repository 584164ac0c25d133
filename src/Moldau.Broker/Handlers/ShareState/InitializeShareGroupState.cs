using Moldau.Broker.Sharing;
using Moldau.Coordination.ShareState;
using Moldau.Protocol;
using Moldau.Protocol.Messages;

namespace Moldau.Broker.Handlers.ShareState;

/// <summary>InitializeShareGroupState (key 83), v0. Begins share partitions, or begins them anew; for the group coordinator.</summary>
internal sealed class InitializeShareGroupState(SharePartitions partitions) : IHandler<InitializeShareGroupStateRequest, InitializeShareGroupStateResponse>
{
    public async ValueTask<InitializeShareGroupStateResponse?> HandleAsync(RequestContext context, InitializeShareGroupStateRequest request) =>
        Answer(await Asked(request).AskAsync(partitions.ReplaceAsync).ConfigureAwait(false));

    public InitializeShareGroupStateResponse Refuse(RequestContext context, InitializeShareGroupStateRequest request, ErrorCode error) => Answer(Asked(request).Refuse(error));

    private static AskedPartitions Asked(InitializeShareGroupStateRequest request) => AskedPartitions.Of(
        request.GroupId,
        request.Topics,
        topic => topic.Partitions.Select(partition => new InitializeShareState(
            new(request.GroupId, topic.TopicId, partition.Partition), partition.StateEpoch, partition.StartOffset)));

    private static InitializeShareGroupStateResponse Answer(ILookup<Guid, AnsweredPartition> topics) => new()
    {
        Results =
        [
            .. topics.Select(topic => new InitializeShareGroupStateResponse.InitializeStateResult
            {
                TopicId = topic.Key,
                Partitions = [.. topic.Select(partition => new InitializeShareGroupStateResponse.PartitionResult
                {
                    Partition = partition.Key.Partition,
                    ErrorCode = partition.Answer.Error,
                    ErrorMessage = partition.Answer.Message,
                })],
            }),
        ],
    };
}
