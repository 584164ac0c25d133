using System.Globalization;
using System.Text.Json.Nodes;
using Moldau.Broker.Hosting;
using Moldau.Coordination.Metadata;
using Moldau.Protocol;
using Moldau.Protocol.Messages;
using Moldau.Protocol.Wire;

namespace Moldau.Conformance.KafkaDirectories;

/// <summary>What Moldau keeps of a directory and has no API for, in the form of the JSON beside the directories.</summary>
internal static class KeptState
{
    private static readonly string[] TransactionStates =
        ["Empty", "Ongoing", "PrepareCommit", "PrepareAbort", "CompleteCommit", "CompleteAbort", "Dead", "PrepareEpochFence"];

    public static JsonObject Of(DirectoryBroker broker) => new()
    {
        ["acls"] = Acls(broker.Image),
        ["quotas"] = Quotas(broker.Image),
        ["otherConfigs"] = OtherConfigs(broker.Image),
        ["transactions"] = Transactions(broker),
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

    /// <summary>The newest record of each transactional id in the internal topic.</summary>
    private static JsonObject Transactions(DirectoryBroker broker)
    {
        var transactions = new JsonObject();
        int partitions = broker.Image.Topics.ByName[TopicNames.TransactionState].Partitions.Length;
        for (int index = 0; index < partitions; index++)
        {
            Assert.Equal(ErrorCode.None, broker.Services.Partitions.Find(TopicNames.TransactionState, index, out var partition));
            new CoordinatorLog(partition).Replay((key, value) =>
            {
                var keyReader = new WireReader(key);
                Assert.Equal(0, keyReader.ReadInt16());
                string id = TransactionLogKey.Read(ref keyReader, 0).TransactionalId;
                if (value is { } bytes) transactions[id] = Transaction(bytes);
                else transactions.Remove(id);
            });
        }
        return transactions;
    }

    private static JsonObject Transaction(ReadOnlyMemory<byte> bytes)
    {
        var reader = new WireReader(bytes);
        var value = TransactionLogValue.Read(ref reader, reader.ReadInt16());
        var partitions = from topic in value.TransactionPartitions ?? [] from index in topic.PartitionIds select $"{topic.Topic}-{index}";
        return new()
        {
            ["state"] = TransactionStates[value.TransactionStatus],
            ["producerId"] = value.ProducerId,
            ["epoch"] = value.ProducerEpoch,
            ["timeoutMs"] = value.TransactionTimeoutMs,
            ["partitions"] = $"[{string.Join(", ", partitions.Order(StringComparer.Ordinal))}]",
        };
    }
}
