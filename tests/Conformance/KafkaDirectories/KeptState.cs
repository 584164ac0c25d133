using System.Globalization;
using System.Text.Json.Nodes;
using Moldau.Coordination.Metadata;
using Moldau.Protocol.Messages;

namespace Moldau.Conformance.KafkaDirectories;

/// <summary>What Moldau keeps of a directory and has no API for, in the form of the JSON beside the directories.</summary>
internal static class KeptState
{
    public static JsonObject Of(DirectoryBroker broker) => new()
    {
        ["acls"] = Acls(broker.Image),
        ["quotas"] = Quotas(broker.Image),
        ["otherConfigs"] = OtherConfigs(broker.Image),
    };

    private static JsonArray Acls(ClusterImage image) => [.. image.Acls.Values.Select(Text).Order(StringComparer.Ordinal).Select(text => JsonValue.Create(text))];

    private static string Text(AccessControlEntryRecord acl)
    {
        string resource = acl.ResourceType switch { 2 => "TOPIC", 3 => "GROUP", 4 => "CLUSTER", 5 => "TRANSACTIONAL_ID", var other => $"{other}" };
        string pattern = acl.PatternType switch { 3 => "LITERAL", 4 => "PREFIXED", var other => $"{other}" };
        string operation = acl.Operation switch { 2 => "ALL", 3 => "READ", 4 => "WRITE", 8 => "DESCRIBE", 12 => "IDEMPOTENT_WRITE", var other => $"{other}" };
        string permission = acl.PermissionType switch { 2 => "DENY", 3 => "ALLOW", var other => $"{other}" };
        return $"(pattern=ResourcePattern(resourceType={resource}, name={acl.ResourceName}, patternType={pattern}), " +
            $"entry=(principal={acl.Principal}, host={acl.Host}, operation={operation}, permissionType={permission}))";
    }

    private static JsonObject Quotas(ClusterImage image)
    {
        var byEntity = image.Quotas.Values.GroupBy(
            quota => Braced(quota.Entity.Select(part => $"{part.EntityType}={part.EntityName ?? "null"}")),
            quota => string.Create(CultureInfo.InvariantCulture, $"{quota.Key}={quota.Value:0.0}"));
        return new(byEntity.Select(quotas => KeyValuePair.Create(quotas.Key, (JsonNode?)Braced(quotas))));
    }

    private static string Braced(IEnumerable<string> parts) => $"{{{string.Join(", ", parts.Order(StringComparer.Ordinal))}}}";

    /// <summary>Of a broker Kafka tells also what is set for all brokers.</summary>
    private static JsonObject OtherConfigs(ClusterImage image)
    {
        var all = image.ConfigOf(ConfigResource.AllBrokers);
        var configs = new JsonObject();
        foreach (var (resource, settings) in image.Configs.Where(config => config.Key.Type != ConfigResourceType.Topic))
        {
            string type = resource.Type == ConfigResourceType.ClientMetrics ? "CLIENT_METRICS" : resource.Type.ToString().ToUpperInvariant();
            var told = resource.Type == ConfigResourceType.Broker ? all.SetItems(settings) : settings;
            configs[$"{type}:{resource.Name}"] = new JsonObject(told.Select(setting => KeyValuePair.Create(setting.Key, (JsonNode?)setting.Value)));
        }
        return configs;
    }
}
