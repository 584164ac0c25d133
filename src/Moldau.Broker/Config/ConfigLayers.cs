using System.Globalization;

namespace Moldau.Broker.Config;

/// <summary>A value that is set for a name somewhere, and where.</summary>
internal readonly record struct ConfigSetting(string Name, string Value, ConfigSource Source);

/// <summary>
/// The broker's settings from all their sources. In order of precedence: dynamic for this broker, dynamic for all brokers, flags, file,
/// built-in. Values are canonical; keys with a listener's prefix stand under their full names.
/// </summary>
internal sealed record ConfigLayers
{
    public static readonly IReadOnlyDictionary<string, string> Nothing = new Dictionary<string, string>();

    public static ConfigLayers BuiltIn { get; } = new();

    public IReadOnlyDictionary<string, string> DynamicBroker { get; init; } = Nothing;

    public IReadOnlyDictionary<string, string> DynamicDefault { get; init; } = Nothing;

    public IReadOnlyDictionary<string, string> Flags { get; init; } = Nothing;

    public IReadOnlyDictionary<string, string> File { get; init; } = Nothing;

    /// <summary>Every place where a name is set, first the one that counts.</summary>
    public IEnumerable<ConfigSetting> SettingsOf(string name)
    {
        if (DynamicBroker.TryGetValue(name, out string? value)) yield return new(name, value, ConfigSource.DynamicBroker);
        if (DynamicDefault.TryGetValue(name, out value)) yield return new(name, value, ConfigSource.DynamicDefaultBroker);
        if (Flags.TryGetValue(name, out value) || File.TryGetValue(name, out value))
            yield return new(name, value, ConfigSource.StaticBroker);
        if (ConfigKeys.FindBroker(name)?.Default is { } builtIn) yield return new(name, builtIn, ConfigSource.Default);
    }

    /// <summary>
    /// Every place where one of the names is set: source by source, within a source in the order of the names. What stands before the first
    /// setting of the first name is left out, as Kafka does, so a default in hours does not show where only milliseconds are asked for.
    /// </summary>
    public IReadOnlyList<ConfigSetting> Chain(IReadOnlyList<string> names)
    {
        var settings = names.SelectMany(SettingsOf).ToList();
        return [.. settings.OrderBy(setting => setting.Source).SkipWhile(setting => setting.Name != names[0])];
    }

    /// <summary>The value in force; null where nothing sets it.</summary>
    public string? Text(string name)
    {
        foreach (var setting in SettingsOf(name)) return setting.Value;
        return null;
    }

    public int Int(string name) => (int)Long(name);

    public long Long(string name) => OptionalLong(name) ?? throw new InvalidOperationException($"{name} has no value.");

    public long? OptionalLong(string name) => Text(name) is { } text ? long.Parse(text, CultureInfo.InvariantCulture) : null;

    public bool Bool(string name) => Text(name) == "true";

    public string[] List(string name) => Text(name) is { Length: > 0 } text ? text.Split(',') : [];

    /// <summary>A list that a listener may have for itself: <c>listener.name.NAME.KEY</c>, else <c>KEY</c>.</summary>
    public string[] ListenerList(string listener, string name) => List(ListenerKey(listener, name));

    /// <summary>A number that a listener, and a mechanism of it, may have for itself.</summary>
    public long MechanismLong(string listener, string mechanism, string name) =>
        OptionalLong(MechanismPrefix(listener, mechanism) + name) ?? Long(ListenerKey(listener, name));

    private string ListenerKey(string listener, string name) =>
        Text(ListenerPrefix(listener) + name) is null ? name : ListenerPrefix(listener) + name;

    public static string ListenerPrefix(string listener) => $"listener.name.{InKey(listener)}.";

    public static string MechanismPrefix(string listener, string mechanism) => $"{ListenerPrefix(listener)}{InKey(mechanism)}.";

#pragma warning disable CA1308 // Kafka writes names of listeners and mechanisms in lower case in keys.
    public static string InKey(string name) => name.ToLowerInvariant();
#pragma warning restore CA1308

    /// <summary>The first of a key's synonyms that has a value, in the key's unit.</summary>
    public string? Default(ConfigKey key)
    {
        foreach (var synonym in key.Synonyms)
        {
            if (Text(synonym.Name) is not { } text) continue;
            if (synonym.Factor == 1) return text;
            long value = long.Parse(text, CultureInfo.InvariantCulture);
            // -1 hours are no limit, as -1 milliseconds are.
            return (value < 0 ? -1 : value * synonym.Factor).ToString(CultureInfo.InvariantCulture);
        }

        return key.Default;
    }
}
