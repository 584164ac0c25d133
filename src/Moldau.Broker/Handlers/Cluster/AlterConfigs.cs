using Moldau.Broker.Config;
using Moldau.Broker.Topics;
using Moldau.Coordination.Metadata;
using Moldau.Protocol;
using Moldau.Protocol.Messages;
using Changed = Moldau.Protocol.Messages.AlterConfigsResponse.AlterConfigsResourceResponse;
using Resource = Moldau.Protocol.Messages.AlterConfigsRequest.AlterConfigsResource;

namespace Moldau.Broker.Handlers.Cluster;

/// <summary>AlterConfigs (key 33), v0-v2. Replaces all settings of a resource: what is not named goes back to its default.</summary>
internal sealed class AlterConfigs(MetadataHost metadata, LiveConfig config) : IHandler<AlterConfigsRequest, AlterConfigsResponse>
{
    private readonly ConfigChanges _changes = new(config);

    public async ValueTask<AlterConfigsResponse?> HandleAsync(RequestContext context, AlterConfigsRequest request) =>
        await metadata.AskAsync(image => Decide(image, request)).ConfigureAwait(false);

    public AlterConfigsResponse Refuse(RequestContext context, AlterConfigsRequest request, ErrorCode error) =>
        new() { Responses = [.. request.Resources.Select(resource => Answer(resource, new(error, null)))] };

    private MetadataDecision<AlterConfigsResponse> Decide(ClusterImage image, AlterConfigsRequest request)
    {
        var response = new AlterConfigsResponse();
        var records = new List<MetadataRecord>();
        var times = request.Resources.CountBy(NameOf).ToDictionary();
        foreach (var resource in request.Resources)
        {
            var (refusal, made) = times[NameOf(resource)] > 1 ? (ConfigChanges.RepeatedResource, []) : Replace(image, resource);
            records.AddRange(made);
            response.Responses.Add(Answer(resource, refusal));
        }

        return new(response) { Records = request.ValidateOnly ? [] : records };
    }

    private (Refusal, IReadOnlyList<MetadataRecord>) Replace(ClusterImage image, Resource resource)
    {
        var name = NameOf(resource);
        if (name.Type == ConfigResourceType.BrokerLogger)
            return (new(ErrorCode.InvalidRequest, "Levels of loggers are changed one by one, with IncrementalAlterConfigs."), []);
        var settings = resource.Configs.ConvertAll(setting => (setting.Name, setting.Value));
        return _changes.Decide(image, name, ConfigChanges.Replacing(image, name, settings));
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
