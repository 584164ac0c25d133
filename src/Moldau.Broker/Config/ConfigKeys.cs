using System.Reflection;

namespace Moldau.Broker.Config;

/// <summary>
/// The table of all keys: Kafka 4.4's and Moldau's own. It stands in <c>Config/Keys/*.keys</c>; validation, DescribeConfigs and
/// <c>docs/configuration.md</c> are derived from it.
/// </summary>
internal static class ConfigKeys
{
    private static readonly Lazy<IReadOnlyList<ConfigKey>> Table = new(Load);
    private static readonly Lazy<Dictionary<(ConfigScope, string), ConfigKey>> Index =
        new(() => Table.Value.ToDictionary(key => (key.Scope, key.Name)));

    // A broker's file may hold keys of these scopes.
    private static readonly ConfigScope[] FileScopes = [ConfigScope.Broker, ConfigScope.Authorizer, ConfigScope.Moldau];

    public static IReadOnlyList<ConfigKey> All => Table.Value;

    public static IEnumerable<ConfigKey> Of(ConfigScope scope) => All.Where(key => key.Scope == scope);

    public static ConfigKey? Find(ConfigScope scope, string name) => Index.Value.GetValueOrDefault((scope, name));

    /// <summary>A key that may stand in the broker's file.</summary>
    public static ConfigKey? FindBroker(string name)
    {
        foreach (var scope in FileScopes)
        {
            if (Find(scope, name) is { } key) return key;
        }

        return null;
    }

    public static IEnumerable<ConfigKey> ForFile() => All.Where(key => FileScopes.Contains(key.Scope));

    /// <summary>The known name that is closest to a mistyped one; null when none is near enough to be meant.</summary>
    public static string? Nearest(string name, IEnumerable<ConfigKey> among)
    {
        var (nearest, distance) = ((string?)null, Math.Max(2, name.Length / 3) + 1);
        foreach (var key in among)
        {
            int candidate = EditDistance.Between(name, key.Name, distance);
            if (candidate < distance) (nearest, distance) = (key.Name, candidate);
        }

        return nearest;
    }

    private static List<ConfigKey> Load()
    {
        var keys = new List<ConfigKey>(480);
        var assembly = Assembly.GetExecutingAssembly();
        foreach (string file in (string[])["topic", "group", "broker", "broker-log", "broker-security", "broker-other"])
        {
            using var stream = assembly.GetManifestResourceStream($"Moldau.Broker.Config.Keys.{file}.keys")
                ?? throw new InvalidOperationException($"The table of keys '{file}' is missing from the assembly.");
            using var reader = new StreamReader(stream);
            keys.AddRange(ConfigKeyReader.Read(reader));
        }

        return keys;
    }
}
