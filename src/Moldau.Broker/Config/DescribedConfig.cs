using Moldau.Coordination.Metadata;

namespace Moldau.Broker.Config;

/// <summary>One setting as DescribeConfigs tells it: the value in force, where it comes from, and what it hides.</summary>
internal sealed record DescribedConfig
{
    public required string Name { get; init; }

    /// <summary>Null where nothing sets it; secrets stand in it all the same.</summary>
    public required string? Value { get; init; }

    /// <summary>All places where it or a synonym is set; the first is in force.</summary>
    public required IReadOnlyList<ConfigSetting> Settings { get; init; }

    /// <summary>Null for a name that no table holds. It might be a secret, so its value is hidden.</summary>
    public required ConfigKey? Key { get; init; }

    public ConfigSource Source => Settings.Count > 0 ? Settings[0].Source : ConfigSource.Default;

    public bool IsSensitive => Key is null or { IsSensitive: true };

    public bool IsReadOnly => Key is null or { UpdateMode: ConfigUpdateMode.ReadOnly };
}

/// <summary>The settings of each kind of resource, as DescribeConfigs and CreateTopics tell them.</summary>
internal static class ConfigDescriptions
{
    /// <param name="own">What the topic itself sets, as it was given.</param>
    /// <param name="broker">Where the defaults come from.</param>
    public static IEnumerable<DescribedConfig> OfTopic(IReadOnlyDictionary<string, string> own, ConfigLayers broker) =>
        Shown(ConfigScope.Topic).Select(key => WithDefaults(key, own, ConfigSource.Topic, broker));

    /// <summary>
    /// A group's, with those that are not for everybody where it sets them. Where the broker has no key for one, the default stands under
    /// the group's own.
    /// </summary>
    public static IEnumerable<DescribedConfig> OfGroup(IReadOnlyDictionary<string, string> own, ConfigLayers broker) =>
        ConfigKeys.Of(ConfigScope.Group).Where(key => !key.IsInternal || own.ContainsKey(key.Name)).Select(key => WithDefaults(key, own, ConfigSource.Group, broker)).Select(described =>
            described.Key!.Synonyms.Count == 0 && described.Key.Default is { } builtIn
                ? described with { Settings = [.. described.Settings, new(described.Name, builtIn, ConfigSource.Default)] }
                : described);

    public static IEnumerable<DescribedConfig> OfClientMetrics(IReadOnlyDictionary<string, string> own) =>
        Shown(ConfigScope.ClientMetrics).Select(key => WithDefaults(key, own, ConfigSource.ClientMetrics, ConfigLayers.BuiltIn));

    public static IEnumerable<DescribedConfig> OfBroker(ConfigLayers layers)
    {
        var keys = ConfigKeys.ForFile().Where(key => !key.IsInternal);
        foreach (var key in keys)
        {
            var names = key.Synonyms.Select(synonym => synonym.Name).Prepend(key.Name);
            yield return Described(key, key.Name, layers.Chain([.. names]), layers.Text(key.Name));
        }

        // What is set under no name of the table: a listener's keys, and what somebody set dynamically for a plug-in.
        var sources = (IReadOnlyDictionary<string, string>[])[layers.DynamicBroker, layers.DynamicDefault, layers.Flags, layers.File];
        var others = sources.SelectMany(source => source.Keys).Where(name => ConfigKeys.FindBroker(name) is null);
        foreach (string name in others.Distinct(StringComparer.Ordinal))
            yield return Described(KeyOf(name), name, layers.Chain([name]), layers.Text(name));
    }

    /// <summary>What is set for all brokers together: nothing else, not even defaults.</summary>
    public static IEnumerable<DescribedConfig> OfAllBrokers(ConfigLayers layers) => layers.DynamicDefault.Select(setting =>
        Described(KeyOf(setting.Key), setting.Key, [new(setting.Key, setting.Value, ConfigSource.DynamicDefaultBroker)], setting.Value));

    private static ConfigKey? KeyOf(string name) => ConfigRules.Find(ConfigResourceType.Broker, name);

    private static IEnumerable<ConfigKey> Shown(ConfigScope scope) => ConfigKeys.Of(scope).Where(key => !key.IsInternal);

    private static DescribedConfig WithDefaults(
        ConfigKey key, IReadOnlyDictionary<string, string> own, ConfigSource source, ConfigLayers broker)
    {
        var defaults = key.Synonyms.Count == 0 ? [] : broker.Chain([.. key.Synonyms.Select(synonym => synonym.Name)]);
        if (!own.TryGetValue(key.Name, out string? text)) return Described(key, key.Name, defaults, broker.Default(key));
        string value = ConfigValue.Canonical(key, text);
        return Described(key, key.Name, [new(key.Name, value, source), .. defaults], value);
    }

    private static DescribedConfig Described(ConfigKey? key, string name, IReadOnlyList<ConfigSetting> settings, string? value) =>
        new() { Name = name, Value = value, Settings = settings, Key = key };
}
