using Moldau.Broker.Config;
using Moldau.Broker.Topics;
using Moldau.Coordination.Metadata;
using Moldau.Protocol;
using Moldau.Protocol.Messages;
using Changed = Moldau.Protocol.Messages.IncrementalAlterConfigsResponse.AlterConfigsResourceResponse;
using Resource = Moldau.Protocol.Messages.IncrementalAlterConfigsRequest.AlterConfigsResource;

namespace Moldau.Broker.Handlers.Cluster;

/// <summary>IncrementalAlterConfigs (key 44), v0-v1. Sets and deletes single settings, adds to lists and takes from them.</summary>
internal sealed class IncrementalAlterConfigs(MetadataHost metadata, LiveConfig config)
    : IHandler<IncrementalAlterConfigsRequest, IncrementalAlterConfigsResponse>
{
    private readonly ConfigChanges _changes = new(config);

    public async ValueTask<IncrementalAlterConfigsResponse?> HandleAsync(RequestContext context, IncrementalAlterConfigsRequest request) =>
        await metadata.AskAsync(image => Decide(image, request)).ConfigureAwait(false);

    public IncrementalAlterConfigsResponse Refuse(RequestContext context, IncrementalAlterConfigsRequest request, ErrorCode error) =>
        new() { Responses = [.. request.Resources.Select(resource => Answer(resource, new(error, null)))] };

    private MetadataDecision<IncrementalAlterConfigsResponse> Decide(ClusterImage image, IncrementalAlterConfigsRequest request)
    {
        var response = new IncrementalAlterConfigsResponse();
        var records = new List<MetadataRecord>();
        var times = request.Resources.CountBy(NameOf).ToDictionary();
        foreach (var resource in request.Resources)
        {
            var changes = resource.Configs.ConvertAll(change => new ConfigChange(change.Name, (ConfigOperation)change.ConfigOperation, change.Value));
            var (refusal, made) = times[NameOf(resource)] == 1
                ? _changes.Decide(image, NameOf(resource), changes)
                : (ConfigChanges.RepeatedResource, []);
            records.AddRange(made);
            response.Responses.Add(Answer(resource, refusal));
        }

        return new(response) { Records = request.ValidateOnly ? [] : records };
    }

    private static ConfigResource NameOf(Resource resource) => new((ConfigResourceType)resource.ResourceType, resource.ResourceName);

    private static Changed Answer(Resource resource, Refusal refusal) => new()
    {
        ErrorCode = refusal.Code,
        ErrorMessage = refusal.Message,
        ResourceType = resource.ResourceType,
        ResourceName = resource.ResourceName,
    };
}
