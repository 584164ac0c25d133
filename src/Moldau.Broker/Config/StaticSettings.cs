using System.Collections.Immutable;

namespace Moldau.Broker.Config;

/// <summary>Checks what a file and the flags set, and gathers what is wrong with it and what the operator should know.</summary>
internal sealed class StaticSettings
{
    // Kafka hands keys with these prefixes to plug-ins of the JVM.
    private static readonly string[] PluginPrefixes = ["config.providers.", "rsm.config.", "rlmm.config."];

    private readonly List<string> _wrong = [];
    private readonly List<ConfigNotice> _notices = [];
    private readonly SortedDictionary<string, SortedSet<string>> _withoutEffect = new(StringComparer.Ordinal);

    /// <summary>The known settings, valid and canonical.</summary>
    public IReadOnlyDictionary<string, string> Read(IReadOnlyDictionary<string, string> raw)
    {
        var settings = new Dictionary<string, string>(raw.Count, StringComparer.Ordinal);
        foreach (var (name, text) in raw)
        {
            if (Array.Exists(PluginPrefixes, prefix => name.StartsWith(prefix, StringComparison.Ordinal)))
                WithoutEffect(name, "Classes of the JVM cannot be loaded.");
            else if (Find(name) is not { } key) Wrong(Unknown(name));
            else if (!ConfigValue.TryParse(key, text, out var value, out string refusal)) Wrong(refusal);
            else
            {
                settings[name] = value.Text;
                Judge(key, name, value);
            }
        }

        return settings;
    }

    public void Wrong(string sentence) => _wrong.Add(sentence);

    public void Notice(ConfigNoticeLevel level, string sentence) => _notices.Add(new(level, sentence));

    public ImmutableArray<ConfigNotice> Notices() =>
    [
        .. _notices,
        .. from entry in _withoutEffect
           let names = string.Join(", ", entry.Value)
           select new ConfigNotice(ConfigNoticeLevel.Information, $"Without effect: {names}. {entry.Key}"),
    ];

    public void ThrowIfAnyIsWrong()
    {
        if (_wrong.Count > 0) throw new ConfigException(string.Join(Environment.NewLine, _wrong));
    }

    private void Judge(ConfigKey key, string name, in ConfigValue value)
    {
        if (key.Refuses(value))
            Wrong($"{name} is not taken: {key.Documentation} Remove it, or leave it at its default '{key.Default}'.");
        else if (key.Standing == ConfigStanding.Accepted) WithoutEffect(name, key.Documentation);
    }

    public void WithoutEffect(string name, string why)
    {
        if (!_withoutEffect.TryGetValue(why, out var names)) _withoutEffect[why] = names = new(StringComparer.Ordinal);
        names.Add(name);
    }

    /// <summary>The key of a name. What has the prefix of a listener is read at the start, whatever Kafka does with the key without it.</summary>
    public static ConfigKey? Find(string name) => ListenerKey.Parse(name) is { } ofListener
        ? ofListener.Key with { Name = name, UpdateMode = ConfigUpdateMode.ReadOnly }
        : ConfigKeys.FindBroker(name);

    private static string Unknown(string name)
    {
        string? nearest = ConfigKeys.Nearest(name, ConfigKeys.ForFile());
        return nearest is null ? $"{name} is no key of the configuration." : $"{name} is no key of the configuration. Is {nearest} meant?";
    }
}
