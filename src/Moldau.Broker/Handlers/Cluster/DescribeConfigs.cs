using System.Globalization;
using Moldau.Broker.Config;
using Moldau.Coordination.Metadata;
using Moldau.Protocol;
using Moldau.Protocol.Messages;
using Resource = Moldau.Protocol.Messages.DescribeConfigsRequest.DescribeConfigsResource;
using Result = Moldau.Protocol.Messages.DescribeConfigsResponse.DescribeConfigsResult;
using Setting = Moldau.Protocol.Messages.DescribeConfigsResponse.DescribeConfigsResourceResult;

namespace Moldau.Broker.Handlers.Cluster;

/// <summary>
/// DescribeConfigs (key 32), v1-v4. Settings in force for topics, brokers, loggers, groups and client metrics, and where each comes from.
/// Secrets, and what no table knows, are named without their value.
/// </summary>
internal sealed class DescribeConfigs(LiveConfig config, Func<ClusterImage> metadata, LoggerLevels loggers)
    : IHandler<DescribeConfigsRequest, DescribeConfigsResponse>
{
    public ValueTask<DescribeConfigsResponse?> HandleAsync(RequestContext context, DescribeConfigsRequest request) => new(Answer(request));

    public DescribeConfigsResponse Answer(DescribeConfigsRequest request)
    {
        var image = metadata();
        var known = new Dictionary<(sbyte, string), Result>();
        var told = new HashSet<(sbyte, string)>();
        var response = new DescribeConfigsResponse();
        foreach (var resource in request.Resources)
        {
            var id = IdOf(resource);
            // All of it is told once: a description is a thousand times as long as the name that asks for it.
            if (!ChoosesKeys(resource) && !told.Add(id)) continue;
            if (!known.TryGetValue(id, out var whole)) known.Add(id, whole = Describe(image, resource, request));
            response.Results.Add(ChoosesKeys(resource) ? Chosen(whole, resource) : whole);
        }
        return response;
    }

    public DescribeConfigsResponse Refuse(RequestContext context, DescribeConfigsRequest request, ErrorCode error) =>
        new() { Results = [.. request.Resources.Select(resource => Refused(resource, new(error, "")))] };

    /// <summary>A broker's number may be written with zeros before it, as many as one likes.</summary>
    private static (sbyte Type, string Name) IdOf(Resource resource)
    {
        bool isBroker = (ConfigResourceType)resource.ResourceType is ConfigResourceType.Broker or ConfigResourceType.BrokerLogger;
        bool isNumber = int.TryParse(resource.ResourceName, NumberStyles.None, CultureInfo.InvariantCulture, out int id);
        return (resource.ResourceType, isBroker && isNumber ? id.ToString(CultureInfo.InvariantCulture) : resource.ResourceName);
    }

    private Result Describe(ClusterImage image, Resource resource, DescribeConfigsRequest request)
    {
        string name = resource.ResourceName;
        var type = (ConfigResourceType)resource.ResourceType;
        if (Problem(image, type, name) is { IsNone: false } refusal) return Refused(resource, refusal);
        if (type == ConfigResourceType.BrokerLogger) return Described(resource, [Logger()]);

        var own = image.ConfigOf(new(type, name));
        var layers = config.Of(image).Layers;
        var settings = type switch
        {
            ConfigResourceType.Topic => ConfigDescriptions.OfTopic(own, layers),
            ConfigResourceType.Group => ConfigDescriptions.OfGroup(own, layers),
            ConfigResourceType.ClientMetrics => ConfigDescriptions.OfClientMetrics(own),
            _ when name.Length == 0 => ConfigDescriptions.OfAllBrokers(layers),
            _ => ConfigDescriptions.OfBroker(layers),
        };
        return Described(resource, settings.Select(setting => Told(setting, request)));
    }

    /// <summary>An unknown topic is no reason for words, in Kafka's eyes: its code says all.</summary>
    private Refusal Problem(ClusterImage image, ConfigResourceType type, string name)
    {
        switch (type)
        {
            case ConfigResourceType.Topic:
                if (TopicNames.Problem(name) is { } problem) return new(ErrorCode.InvalidTopicException, problem);
                return image.Topics.ByName.ContainsKey(name) ? default : new(ErrorCode.UnknownTopicOrPartition, "");
            case ConfigResourceType.Broker when name.Length == 0:
                return default;
            case ConfigResourceType.Broker or ConfigResourceType.BrokerLogger:
                int nodeId = config.Of(image).NodeId;
                if (int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out int id) && id == nodeId) return default;
                return new(ErrorCode.InvalidRequest, $"Only the broker {nodeId} can be asked here, not '{name}'.");
            case ConfigResourceType.Group or ConfigResourceType.ClientMetrics:
                return name.Length > 0 ? default : new(ErrorCode.InvalidRequest, "The resource needs a name.");
            default:
                return new(
                    ErrorCode.InvalidRequest,
                    $"{(int)type} is no type of a resource; 2 is a topic, 4 a broker, 8 its loggers, 16 client metrics, 32 a group.");
        }
    }

    private static Setting Told(DescribedConfig setting, DescribeConfigsRequest request) => new()
    {
        Name = setting.Name,
        Value = setting.IsSensitive ? null : setting.Value,
        ReadOnly = setting.IsReadOnly,
        ConfigSource = (sbyte)setting.Source,
        IsSensitive = setting.IsSensitive,
        Synonyms = request.IncludeSynonyms ? [.. setting.Settings.Select(synonym => Synonym(synonym, setting))] : [],
        ConfigType = (sbyte)(setting.Key?.Type ?? 0),
        Documentation = request.IncludeDocumentation ? setting.Key?.Documentation : null,
    };

    private static DescribeConfigsResponse.DescribeConfigsSynonym Synonym(ConfigSetting synonym, DescribedConfig setting) =>
        new() { Name = synonym.Name, Value = setting.IsSensitive ? null : synonym.Value, Source = (sbyte)synonym.Source };

    private Setting Logger() => new()
    {
        Name = LoggerLevels.Root,
        Value = loggers.Current,
        ConfigSource = (sbyte)ConfigSource.DynamicBrokerLogger,
        Documentation = "",
    };

    /// <summary>Keys choose among the settings; no keys, or an empty list of them, choose all.</summary>
    private static Result Described(Resource resource, IEnumerable<Setting> settings) => new()
    {
        ErrorMessage = "",
        ResourceType = resource.ResourceType,
        ResourceName = resource.ResourceName,
        Configs = [.. settings],
    };

    /// <summary>No keys, or an empty list of them, choose all.</summary>
    private static bool ChoosesKeys(Resource resource) => resource.ConfigurationKeys is { Count: > 0 };

    private static Result Chosen(Result whole, Resource resource)
    {
        var keys = resource.ConfigurationKeys!.ToHashSet(StringComparer.Ordinal);
        return new()
        {
            ErrorCode = whole.ErrorCode,
            ErrorMessage = whole.ErrorMessage,
            ResourceType = resource.ResourceType,
            ResourceName = resource.ResourceName,
            Configs = whole.Configs.FindAll(setting => keys.Contains(setting.Name)),
        };
    }

    private static Result Refused(Resource resource, Refusal refusal) => new()
    {
        ErrorCode = refusal.Code,
        ErrorMessage = refusal.Message,
        ResourceType = resource.ResourceType,
        ResourceName = resource.ResourceName,
    };
}
