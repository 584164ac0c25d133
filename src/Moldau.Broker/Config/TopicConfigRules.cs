using System.Globalization;
using Moldau.Coordination.Metadata;
using Moldau.Protocol.Messages;

namespace Moldau.Broker.Config;

/// <summary>What decisions about topics ask of the table of keys.</summary>
internal sealed class TopicConfigRules(LiveConfig config) : ITopicConfigRules
{
    /// <inheritdoc/>
    public string? Problem(ClusterImage image, IReadOnlyDictionary<string, string> settings) => Check(settings, config.Of(image).Layers);

    /// <summary>What is wrong with all the settings of one topic together; null where they are valid.</summary>
    public static string? Check(IReadOnlyDictionary<string, string> settings, ConfigLayers broker)
    {
        foreach (var (name, text) in settings)
        {
            if (ConfigKeys.Find(ConfigScope.Topic, name) is not { } key) return Unknown(name);
            if (!ConfigValue.TryParse(key, text, out var value, out string refusal)) return refusal;
            if (name == "remote.storage.enable" && value.Text == "true")
                return "remote.storage.enable must be false: there is no tiered storage.";
        }

        return LagProblem(settings, broker);
    }

    /// <summary>What one of the two lags is held against may be the broker's; what the broker says of both is no fault of a topic.</summary>
    private static string? LagProblem(IReadOnlyDictionary<string, string> settings, ConfigLayers broker)
    {
        const string Least = "min.compaction.lag.ms", Most = "max.compaction.lag.ms";
        if (!settings.ContainsKey(Least) && !settings.ContainsKey(Most)) return null;
        long least = Number(settings, broker, Least), most = Number(settings, broker, Most);
        return least > most ? $"{Least} must not be above {Most}, but {least} is above {most}." : null;
    }

    /// <summary>A topic's own values are told as they were given: Kafka's controller, which answers here, does not parse them.</summary>
    public List<CreateTopicsResponse.CreatableTopicConfigs> Describe(ClusterImage image, IReadOnlyDictionary<string, string> settings)
    {
        var described = ConfigDescriptions.OfTopic(settings, config.Of(image).Layers);
        var sorted = described.OrderBy(setting => setting.Name, StringComparer.Ordinal);
        return [.. sorted.Select(setting => new CreateTopicsResponse.CreatableTopicConfigs
        {
            Name = setting.Name,
            Value = settings.TryGetValue(setting.Name, out string? given) ? given : setting.Value,
            ReadOnly = false,
            ConfigSource = (sbyte)setting.Source,
            IsSensitive = setting.IsSensitive,
        })];
    }

    private static long Number(IReadOnlyDictionary<string, string> settings, ConfigLayers broker, string name)
    {
        string text = settings.GetValueOrDefault(name) ?? broker.Default(ConfigKeys.Find(ConfigScope.Topic, name)!)!;
        return long.Parse(text.Trim(), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
    }

    private static string Unknown(string name)
    {
        string? nearest = ConfigKeys.Nearest(name, ConfigKeys.Of(ConfigScope.Topic).Where(key => !key.IsInternal));
        return nearest is null ? $"'{name}' is no setting of topics." : $"'{name}' is no setting of topics. Is {nearest} meant?";
    }
}
