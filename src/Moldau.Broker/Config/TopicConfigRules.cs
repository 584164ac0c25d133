using System.Globalization;
using Moldau.Coordination.Metadata;
using Moldau.Protocol.Messages;

namespace Moldau.Broker.Config;

/// <summary>What decisions about topics ask of the table of keys.</summary>
internal sealed class TopicConfigRules(LiveConfig config) : ITopicConfigRules
{
    /// <inheritdoc/>
    public string? Problem(IReadOnlyDictionary<string, string> settings) => Check(settings);

    /// <summary>What is wrong with all the settings of one topic together; null where they are valid.</summary>
    public static string? Check(IReadOnlyDictionary<string, string> settings)
    {
        foreach (var (name, text) in settings)
        {
            if (ConfigKeys.Find(ConfigScope.Topic, name) is not { } key) return Unknown(name);
            if (!ConfigValue.TryParse(key, text, out var value, out string refusal)) return refusal;
            if (name == "remote.storage.enable" && value.Text == "true")
                return "remote.storage.enable must be false: there is no tiered storage.";
        }

        long? least = Number(settings, "min.compaction.lag.ms"), most = Number(settings, "max.compaction.lag.ms");
        return least > most ? $"min.compaction.lag.ms must not be above max.compaction.lag.ms, but {least} is above {most}." : null;
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

    private static long? Number(IReadOnlyDictionary<string, string> settings, string name) =>
        settings.TryGetValue(name, out string? text) ? long.Parse(text.Trim(), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture) : null;

    private static string Unknown(string name)
    {
        string? nearest = ConfigKeys.Nearest(name, ConfigKeys.Of(ConfigScope.Topic).Where(key => !key.IsInternal));
        return nearest is null ? $"'{name}' is no setting of topics." : $"'{name}' is no setting of topics. Is {nearest} meant?";
    }
}
