using Moldau.Broker.Topics;
using Moldau.Protocol;
using Moldau.Protocol.Messages;

namespace Moldau.Broker.Handlers.Topics;

/// <summary>
/// CreateTopics (key 19), v2-v7. Answered when the topics are durable and can be written to; from v5 on with their configuration.
/// </summary>
internal sealed class CreateTopics(TopicAdmin topics) : IHandler<CreateTopicsRequest, CreateTopicsResponse>
{
    public async ValueTask<CreateTopicsResponse?> HandleAsync(RequestContext context, CreateTopicsRequest request) =>
        await topics.CreateAsync(request).ConfigureAwait(false);

    public CreateTopicsResponse Refuse(RequestContext context, CreateTopicsRequest request, ErrorCode error) => new()
    {
        Topics = request.Topics.ConvertAll(topic => new CreateTopicsResponse.CreatableTopicResult
        {
            Name = topic.Name,
            ErrorCode = error,
            ErrorMessage = null,
        }),
    };
}
