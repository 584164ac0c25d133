using Moldau.Broker.Config;
using Moldau.Broker.Topics;
using Moldau.Coordination.Metadata;
using Moldau.Protocol;
using Moldau.Protocol.Messages;
using Changed = Moldau.Protocol.Messages.IncrementalAlterConfigsResponse.AlterConfigsResourceResponse;
using Resource = Moldau.Protocol.Messages.IncrementalAlterConfigsRequest.AlterConfigsResource;

namespace Moldau.Broker.Handlers.Cluster;

/// <summary>IncrementalAlterConfigs (key 44), v0-v1. Sets and deletes single settings, adds to lists and takes from them.</summary>
internal sealed class IncrementalAlterConfigs(MetadataHost metadata, LiveConfig config, LoggerLevels loggers)
    : IHandler<IncrementalAlterConfigsRequest, IncrementalAlterConfigsResponse>
{
    private readonly ConfigChanges _changes = new(config);

    public async ValueTask<IncrementalAlterConfigsResponse?> HandleAsync(RequestContext context, IncrementalAlterConfigsRequest request)
    {
        var response = await metadata.AskAsync(image => Decide(image, request)).ConfigureAwait(false);
        if (!request.ValidateOnly) ChangeLoggers(request, response);
        return response;
    }

    public IncrementalAlterConfigsResponse Refuse(RequestContext context, IncrementalAlterConfigsRequest request, ErrorCode error) =>
        new() { Responses = [.. request.Resources.Select(resource => Answer(resource, new(error, null)))] };

    private MetadataDecision<IncrementalAlterConfigsResponse> Decide(ClusterImage image, IncrementalAlterConfigsRequest request)
    {
        var response = new IncrementalAlterConfigsResponse();
        var records = new List<MetadataRecord>();
        var times = request.Resources.CountBy(NameOf).ToDictionary();
        foreach (var resource in request.Resources)
        {
            var (refusal, made) = times[NameOf(resource)] > 1
                ? (ConfigChanges.RepeatedResource, [])
                : _changes.Decide(image, NameOf(resource), ChangesOf(resource));
            records.AddRange(made);
            response.Responses.Add(Answer(resource, refusal));
        }

        return new(response) { Records = request.ValidateOnly ? [] : records };
    }

    // Levels are no metadata: they change here, when the rest of the request is done.
    private void ChangeLoggers(IncrementalAlterConfigsRequest request, IncrementalAlterConfigsResponse response)
    {
        foreach (var (resource, changed) in request.Resources.Zip(response.Responses))
        {
            if (IsLogger(resource) && changed.ErrorCode == ErrorCode.None) loggers.Change(ChangesOf(resource));
        }
    }

    private static bool IsLogger(Resource resource) => (ConfigResourceType)resource.ResourceType == ConfigResourceType.BrokerLogger;

    private static List<ConfigChange> ChangesOf(Resource resource) =>
        resource.Configs.ConvertAll(change => new ConfigChange(change.Name, (ConfigOperation)change.ConfigOperation, change.Value));

    private static ConfigResource NameOf(Resource resource) => new((ConfigResourceType)resource.ResourceType, resource.ResourceName);

    private static Changed Answer(Resource resource, Refusal refusal) => new()
    {
        ErrorCode = refusal.Code,
        ErrorMessage = refusal.Message,
        ResourceType = resource.ResourceType,
        ResourceName = resource.ResourceName,
    };
}
