using System.Text.RegularExpressions;
using Moldau.Coordination.Metadata;
using Moldau.Protocol;

namespace Moldau.Broker.Config;

/// <summary>What the settings of each kind of resource may be while the broker runs, beyond the rules of single keys.</summary>
internal sealed class ConfigRules(ConfigLayers broker)
{
    private const int MetricsIntervalMinMs = 100;
    private const int MetricsIntervalMaxMs = 3_600_000;

    // What a client tells about itself, by which metrics subscriptions choose clients.
    private static readonly string[] ClientAttributes =
    [
        "client_instance_id", "client_id", "client_software_name", "client_software_version",
        "client_source_address", "client_source_port",
    ];

    public static ConfigKey? Find(ConfigResourceType type, string name) => type switch
    {
        ConfigResourceType.Topic => ConfigKeys.Find(ConfigScope.Topic, name),
        ConfigResourceType.Group => ConfigKeys.Find(ConfigScope.Group, name),
        ConfigResourceType.ClientMetrics => ConfigKeys.Find(ConfigScope.ClientMetrics, name),
        _ => StaticSettings.Find(name) ?? ConfigKeys.Find(ConfigScope.BrokerDynamic, name),
    };

    /// <param name="resource">Whose settings they are.</param>
    /// <param name="settings">All that it would have.</param>
    /// <param name="given">The names that the request gives values to.</param>
    public Refusal Problem(ConfigResource resource, IReadOnlyDictionary<string, string> settings, IReadOnlySet<string> given) =>
        resource.Type switch
        {
            ConfigResourceType.Topic => Invalid(TopicConfigRules.Check(settings, broker)),
            ConfigResourceType.Group => Invalid(OfGroup(settings, given)),
            ConfigResourceType.ClientMetrics => OfClientMetrics(settings, given),
            _ => OfBroker(resource, settings, given),
        };

    private static Refusal Invalid(string? problem) => problem is null ? default : new(ErrorCode.InvalidConfig, problem);

    private string? OfGroup(IReadOnlyDictionary<string, string> settings, IReadOnlySet<string> given)
    {
        foreach (string name in given)
        {
            if (ConfigKeys.Find(ConfigScope.Group, name) is not { } key) return $"'{name}' is no setting of groups.";
            if (!ConfigValue.TryParse(key, settings[name], out var value, out string refusal)) return refusal;
            if (value.Number is { } number && Bounds(name, number) is { } bound) return bound;
            string[] assignors = name == "streams.assignor.name" ? StreamsGroupConfig.Assignors(broker) : [];
            if (assignors.Length > 0 && !assignors.Contains(settings[name]))
                return $"There is no assignor '{settings[name]}' of tasks here; these can be chosen: {string.Join(", ", assignors)}.";
        }

        return Array.Find(GroupRules.Kinds, kind => IsSessionTooShort(settings, kind)) is { } tooShort
            ? $"{tooShort}.session.timeout.ms must be above {tooShort}.heartbeat.interval.ms, or each member is taken for dead between two heartbeats."
            : null;
    }

    private bool IsSessionTooShort(IReadOnlyDictionary<string, string> settings, string kind) =>
        OfGroup(settings, $"{kind}.session.timeout.ms") <= OfGroup(settings, $"{kind}.heartbeat.interval.ms");

    /// <summary>The value in force: the group's own, else the broker's.</summary>
    private double? OfGroup(IReadOnlyDictionary<string, string> settings, string name)
    {
        var key = ConfigKeys.Find(ConfigScope.Group, name)!;
        if (settings.TryGetValue(name, out string? own) && ConfigValue.TryParse(key, own, out var value, out _)) return value.Number;
        return ConfigValue.TryParse(key, broker.Default(key) ?? "", out value, out _) ? value.Number : null;
    }

    private string? Bounds(string name, double value)
    {
        var (least, most) = GroupRules.BoundsOf(name);
        if (broker.OptionalLong(least) > value) return $"{name} must be {broker.OptionalLong(least)} or more, which {least} says.";
        return broker.OptionalLong(most) < value ? $"{name} must be {broker.OptionalLong(most)} or less, which {most} says." : null;
    }

    private static Refusal OfClientMetrics(IReadOnlyDictionary<string, string> settings, IReadOnlySet<string> given)
    {
        foreach (string name in given)
        {
            if (ConfigKeys.Find(ConfigScope.ClientMetrics, name) is not { } key)
                return new(ErrorCode.InvalidRequest, $"'{name}' is no setting of client metrics.");
            if (!ConfigValue.TryParse(key, settings[name], out var value, out string refusal))
                return new(ErrorCode.InvalidRequest, refusal);
            if (value.Number is < MetricsIntervalMinMs or > MetricsIntervalMaxMs)
                return new(ErrorCode.InvalidRequest, $"interval.ms must be from {MetricsIntervalMinMs} to {MetricsIntervalMaxMs}.");
            if (name == "match" && Array.Find(value.Elements!, element => !IsMatch(element)) is { } wrong)
                return new(ErrorCode.InvalidConfig, $"'{wrong}' is no ATTRIBUTE=PATTERN of {string.Join(", ", ClientAttributes)}.");
        }

        return default;
    }

    private static bool IsMatch(string element)
    {
        if (element.Split('=', 2) is not [var attribute, var pattern]) return false;
        if (!ClientAttributes.Contains(attribute.Trim(), StringComparer.Ordinal)) return false;
        try
        {
            _ = new Regex(pattern, RegexOptions.CultureInvariant);
            return true;
        }
        catch (ArgumentException)
        {
            return false;
        }
    }

    private Refusal OfBroker(ConfigResource resource, IReadOnlyDictionary<string, string> settings, IReadOnlySet<string> given)
    {
        foreach (string name in given)
        {
            // What no table knows is kept for a plug-in that might.
            if (Find(resource.Type, name) is not { } key) continue;
            if (OfBroker(resource, key, settings[name]) is { IsNone: false } refusal) return refusal;
        }

        return default;
    }

    private Refusal OfBroker(ConfigResource resource, ConfigKey key, string text)
    {
        if (DynamicSettings.ProblemOfBroker(key, text, out var value) is { } problem) return new(ErrorCode.InvalidRequest, problem);
        if (key.Name == TopicCreation.MinInSyncReplicas && resource.Name.Length > 0)
            return new(ErrorCode.InvalidConfig, $"{key.Name} can be set for the cluster and for topics, not for one broker.");
        double? now = IsPoolOfThreads(key.Name) ? broker.OptionalLong(key.Name) : null;
        bool leaps = value.Number > now * 2 || value.Number < now / 2;
        return leaps ? new(ErrorCode.InvalidRequest, $"{key.Name} may at most double or halve at once.") : default;
    }

    private static bool IsPoolOfThreads(string name) => name is "num.io.threads" or "num.network.threads" or "num.replica.fetchers"
        or "num.recovery.threads.per.data.dir" or "background.threads";
}
