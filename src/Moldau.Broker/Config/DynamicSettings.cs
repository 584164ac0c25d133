using Moldau.Coordination.Metadata;

namespace Moldau.Broker.Config;

/// <summary>
/// Which settings can be in force while the broker runs. A change is refused, and a stored value passed over, by the same answer, and a key's
/// rule is that of the broker's file too: so whatever is taken loads again at each start.
/// </summary>
internal static class DynamicSettings
{
    /// <summary>Why a broker's setting cannot be in force; null where it can.</summary>
    public static string? ProblemOfBroker(ConfigKey key, string text, out ConfigValue value)
    {
        value = default;
        // What Kafka lets single brokers change, listeners and certificates, is read at the start here.
        if (key.UpdateMode != ConfigUpdateMode.ClusterWide) return $"{key.Name} cannot change while the broker runs; set it in the file and start again.";
        if (!ConfigValue.TryParse(key, text, out value, out string refusal)) return refusal;
        return key.Refuses(value) ? $"{key.Name} is not taken: {key.Documentation}" : null;
    }

    /// <summary>What is in force of a broker's stored settings, canonical. A name that no table holds is kept for a plug-in that might.</summary>
    public static IReadOnlyDictionary<string, string> InForce(IReadOnlyDictionary<string, string> stored)
    {
        var settings = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (name, text) in stored)
        {
            if (ConfigRules.Find(ConfigResourceType.Broker, name) is not { } key) settings[name] = text;
            else if (ProblemOfBroker(key, text, out var value) is null) settings[name] = value.Text;
        }

        return settings;
    }

    /// <summary>Why stored settings are passed over: another version may have written them, or Kafka, or an admin past its checks.</summary>
    public static IEnumerable<string> PassedOver(ConfigResource resource, IReadOnlyDictionary<string, string> stored)
    {
        foreach (var (name, text) in stored)
        {
            if (ConfigRules.Find(resource.Type, name) is not { } key) continue;
            if (resource.Type == ConfigResourceType.Broker && ProblemOfBroker(key, text, out _) is { } problem) yield return problem;
            else if (resource.Type != ConfigResourceType.Broker && !ConfigValue.TryParse(key, text, out _, out string refusal)) yield return refusal;
        }
    }
}
