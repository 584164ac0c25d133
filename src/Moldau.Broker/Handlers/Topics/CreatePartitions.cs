using Moldau.Broker.Topics;
using Moldau.Protocol;
using Moldau.Protocol.Messages;

namespace Moldau.Broker.Handlers.Topics;

/// <summary>CreatePartitions (key 37), v0-v3. A topic only grows; what is in its partitions stays where it is.</summary>
internal sealed class CreatePartitions(TopicAdmin topics) : IHandler<CreatePartitionsRequest, CreatePartitionsResponse>
{
    public async ValueTask<CreatePartitionsResponse?> HandleAsync(RequestContext context, CreatePartitionsRequest request) =>
        await topics.GrowAsync(request).ConfigureAwait(false);

    public CreatePartitionsResponse Refuse(RequestContext context, CreatePartitionsRequest request, ErrorCode error) =>
        new() { Results = request.Topics.ConvertAll(topic => new CreatePartitionsResponse.CreatePartitionsTopicResult { Name = topic.Name, ErrorCode = error }) };
}
