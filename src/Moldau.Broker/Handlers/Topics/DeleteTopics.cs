using Moldau.Broker.Config;
using Moldau.Broker.Topics;
using Moldau.Protocol;
using Moldau.Protocol.Messages;

namespace Moldau.Broker.Handlers.Topics;

/// <summary>DeleteTopics (key 20), v1-v6. By name, from v6 on also by id. Answered when nothing can bring the topics back.</summary>
internal sealed class DeleteTopics(TopicAdmin topics, MetadataHost metadata, LiveConfig config)
    : IHandler<DeleteTopicsRequest, DeleteTopicsResponse>
{
    private const short FirstVersionWithDisabledError = 3;
    private const short FirstVersionWithIds = 6;

    public async ValueTask<DeleteTopicsResponse?> HandleAsync(RequestContext context, DeleteTopicsRequest request)
    {
        if (config.Of(metadata.Image).NewTopics.Deletion) return await topics.DeleteAsync(request, context.Version).ConfigureAwait(false);
        bool hasOwnError = context.Version >= FirstVersionWithDisabledError;
        return Refuse(context, request, hasOwnError ? ErrorCode.TopicDeletionDisabled : ErrorCode.InvalidRequest);
    }

    public DeleteTopicsResponse Refuse(RequestContext context, DeleteTopicsRequest request, ErrorCode error)
    {
        var named = context.Version >= FirstVersionWithIds
            ? request.Topics.Select(topic => (topic.Name, topic.TopicId))
            : request.TopicNames.Select(name => ((string?)name, Guid.Empty));
        return new()
        {
            Responses = [.. named.Select(topic => new DeleteTopicsResponse.DeletableTopicResult
            {
                Name = topic.Item1,
                TopicId = topic.Item2,
                ErrorCode = error,
            })],
        };
    }
}
