using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using Moldau.Coordination.Metadata;
using Moldau.Protocol;
using Moldau.Protocol.Messages;

namespace Moldau.Broker.Config;

/// <summary>What a change does to a setting; the numbers are those of IncrementalAlterConfigs.</summary>
internal enum ConfigOperation : sbyte
{
    Set = 0,
    Delete = 1,
    Append = 2,
    Subtract = 3,
}

/// <summary>A change of one setting, as it was asked for.</summary>
internal readonly record struct ConfigChange(string Name, ConfigOperation Operation, string? Value);

/// <summary>
/// Decides about changes of settings while the broker runs. Each resource of a request is judged by itself, as a whole: its settings change
/// together or not at all. Values are stored as they were given.
/// </summary>
internal sealed class ConfigChanges(LiveConfig config)
{
    /// <summary>Of two changes of one resource in a request nobody can say which comes first, so neither is made.</summary>
    public static readonly Refusal RepeatedResource = new(ErrorCode.InvalidRequest, "The request names the resource more than once.");

    /// <summary>What is wrong with the resources and names of a request; then with what would come of the changes.</summary>
    public (Refusal Refusal, IReadOnlyList<MetadataRecord> Records) Decide(
        ClusterImage image, ConfigResource resource, IReadOnlyList<ConfigChange> changes)
    {
        if (ResourceProblem(image, resource) is { IsNone: false } noResource) return (noResource, []);
        if (ChangeProblem(resource, changes) is { IsNone: false } noChange) return (noChange, []);
        if (resource.Type == ConfigResourceType.BrokerLogger) return (LoggerLevels.Problem(changes), []); // Levels are no metadata.

        var (own, layers) = (image.ConfigOf(resource), config.Of(image).Layers);
        var after = own.ToBuilder();
        foreach (var change in changes) Apply(change, resource, after, layers);
        if (changes.Select(change => change.Name).FirstOrDefault(name => IsTooLong(after.GetValueOrDefault(name))) is { } large)
            return (new(ErrorCode.InvalidConfig, $"'{large}' would have more than the {short.MaxValue} bytes that a value may have."), []);
        var given = changes.Where(change => change.Operation != ConfigOperation.Delete).Select(change => change.Name).ToHashSet();
        if (new ConfigRules(layers).Problem(resource, after, given) is { IsNone: false } noValue) return (noValue, []);
        if (resource.Type == ConfigResourceType.Topic && !image.Topics.ByName.ContainsKey(resource.Name))
            return (new(ErrorCode.UnknownTopicOrPartition, $"There is no topic '{resource.Name}'."), []);
        var changed = changes.Select(change => change.Name).Where(name => own.GetValueOrDefault(name) != after.GetValueOrDefault(name));
        return (default, [.. changed.Select(name => Record(resource, name, after.GetValueOrDefault(name)))]);
    }

    /// <summary>The changes that leave a resource with the given settings and no others.</summary>
    public static IReadOnlyList<ConfigChange> Replacing(
        ClusterImage image, ConfigResource resource, IReadOnlyList<(string Name, string? Value)> settings)
    {
        var given = settings.Select(setting => new ConfigChange(setting.Name, ConfigOperation.Set, setting.Value));
        var gone = image.ConfigOf(resource).Keys.Except(settings.Select(setting => setting.Name), StringComparer.Ordinal);
        return [.. given, .. gone.Select(name => new ConfigChange(name, ConfigOperation.Delete, null))];
    }

    private Refusal ResourceProblem(ClusterImage image, ConfigResource resource)
    {
        string name = resource.Name;
        switch (resource.Type)
        {
            case ConfigResourceType.Topic when name.Length > 0:
                return TopicNames.Problem(name) is { } problem ? new(ErrorCode.InvalidTopicException, problem) : default;
            case ConfigResourceType.Broker when name.Length == 0:
            case ConfigResourceType.Group or ConfigResourceType.ClientMetrics when name.Length > 0:
                return default;
            case ConfigResourceType.Broker or ConfigResourceType.BrokerLogger:
                int nodeId = config.Of(image).NodeId;
                return int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out int id) && id == nodeId
                    ? default
                    : new(ErrorCode.InvalidRequest, $"The broker here is {nodeId}, not '{name}'.");
            case ConfigResourceType.Topic or ConfigResourceType.Group or ConfigResourceType.ClientMetrics:
                return new(ErrorCode.InvalidRequest, "The resource needs a name.");
            default:
                return new(
                    ErrorCode.InvalidRequest,
                    $"{(int)resource.Type} is no type of a resource; 2 is a topic, 4 a broker, 8 its loggers, 16 client metrics, 32 a group.");
        }
    }

    private static Refusal ChangeProblem(ConfigResource resource, IReadOnlyList<ConfigChange> changes)
    {
        if (changes.GroupBy(change => change.Name, StringComparer.Ordinal).FirstOrDefault(name => name.Skip(1).Any()) is { } twice)
            return new(ErrorCode.InvalidRequest, $"'{twice.Key}' is changed more than once.");
        foreach (var change in changes)
        {
            // An operation that does not exist is an unexpected error in Kafka, without words.
            if (!Enum.IsDefined(change.Operation)) return new(ErrorCode.UnknownServerError, null);
            if (change.Value is null && change.Operation != ConfigOperation.Delete)
                return new(ErrorCode.InvalidRequest, $"'{change.Name}' has no value; delete it for the default.");
            bool needsList = change.Operation is ConfigOperation.Append or ConfigOperation.Subtract;
            if (needsList && ConfigRules.Find(resource.Type, change.Name) is not { Type: ConfigType.List })
                return new(ErrorCode.InvalidConfig, $"'{change.Name}' is no list, so nothing can be added to it or taken from it.");
            bool deletes = change.Operation == ConfigOperation.Delete;
            if (deletes && change.Name == TopicCreation.MinInSyncReplicas && resource.Type == ConfigResourceType.Broker)
                return new(ErrorCode.InvalidConfig, $"{change.Name} of the cluster can be changed, but not removed.");
        }

        return default;
    }

    private static void Apply(
        ConfigChange change, ConfigResource resource, ImmutableSortedDictionary<string, string>.Builder settings, ConfigLayers layers)
    {
        if (change.Operation == ConfigOperation.Delete) settings.Remove(change.Name);
        else if (change.Operation == ConfigOperation.Set) settings[change.Name] = change.Value!;
        else
        {
            var key = ConfigRules.Find(resource.Type, change.Name)!;
            string now = settings.TryGetValue(change.Name, out string? own) ? own : layers.Default(key) ?? "";
            var (elements, given) = (Elements(now), Elements(change.Value!));
            var result = change.Operation == ConfigOperation.Append ? elements.Union(given) : elements.Except(given);
            settings[change.Name] = string.Join(',', result);
        }
    }

    // No record could hold it: what is given fits, but what is added to a list may not.
    private static bool IsTooLong(string? value) => value is not null && Encoding.UTF8.GetByteCount(value) > short.MaxValue;

    private static string[] Elements(string list) =>
        list.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);

    private static MetadataRecord Record(ConfigResource resource, string name, string? value) => MetadataRecord.Of(new ConfigRecord
    {
        ResourceType = (sbyte)resource.Type,
        ResourceName = resource.Name,
        Name = name,
        Value = value,
    });
}
