using System.Globalization;
using Moldau.Broker.Topics;
using Moldau.Coordination.Metadata;
using Moldau.Protocol;
using Moldau.Protocol.Messages;

namespace Moldau.Broker.Handlers.Cluster;

/// <summary>ListConfigResources (key 74), v0-v1. Names what can be described; version 0 lists subscriptions to client metrics only.</summary>
internal sealed class ListConfigResources(MetadataHost metadata, int nodeId)
    : IHandler<ListConfigResourcesRequest, ListConfigResourcesResponse>
{
    private static readonly ConfigResourceType[] EveryType = Enum.GetValues<ConfigResourceType>();

    public ValueTask<ListConfigResourcesResponse?> HandleAsync(RequestContext context, ListConfigResourcesRequest request)
    {
        var image = metadata.Image;
        ConfigResourceType[] types = context.Version == 0 ? [ConfigResourceType.ClientMetrics]
            : request.ResourceTypes.Count == 0 ? EveryType
            : [.. request.ResourceTypes.Distinct().Select(type => (ConfigResourceType)type)];
        if (types.Except(EveryType).Any()) return new(Refuse(context, request, ErrorCode.UnsupportedVersion));
        var resources = from type in types
                        from name in Names(image, type)
                        select new ListConfigResourcesResponse.ConfigResource { ResourceName = name, ResourceType = (sbyte)type };
        return new(new ListConfigResourcesResponse { ConfigResources = [.. resources] });
    }

    public ListConfigResourcesResponse Refuse(RequestContext context, ListConfigResourcesRequest request, ErrorCode error) =>
        new() { ErrorCode = error };

    // Topics and brokers are there whether or not something is set for them; of the others only those are known for which something is.
    private IEnumerable<string> Names(ClusterImage image, ConfigResourceType type) => type switch
    {
        ConfigResourceType.Topic => image.Topics.ByName.Keys,
        ConfigResourceType.Broker or ConfigResourceType.BrokerLogger => [nodeId.ToString(CultureInfo.InvariantCulture)],
        _ => image.Configs.Keys.Where(resource => resource.Type == type).Select(resource => resource.Name),
    };
}
