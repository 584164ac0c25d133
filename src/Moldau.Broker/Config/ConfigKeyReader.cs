using System.Globalization;

namespace Moldau.Broker.Config;

/// <summary>
/// Reads the files of keys. A section <c>[scope standing] words</c> holds for the rows below it; a row is
/// <c>name TYPE default rule importance mode synonyms [internal]</c>; an indented line is the documentation of the row above it.
/// </summary>
internal static class ConfigKeyReader
{
    public static List<ConfigKey> Read(TextReader reader)
    {
        var keys = new List<ConfigKey>(128);
        var section = (Scope: ConfigScope.Broker, Standing: ConfigStanding.Accepted, Words: "");
        while (reader.ReadLine() is { } line)
        {
            if (line.Length == 0 || line[0] == '#') continue;
            if (line[0] == '[') section = Section(line);
            else if (line[0] == ' ') keys[^1] = keys[^1] with { Documentation = line.Trim() };
            else keys.Add(Row(line) with { Scope = section.Scope, Standing = section.Standing, Documentation = section.Words });
        }

        return keys;
    }

    private static (ConfigScope, ConfigStanding, string) Section(string line)
    {
        int space = line.IndexOf(' ', StringComparison.Ordinal), end = line.IndexOf(']', StringComparison.Ordinal);
        var standing = line[(space + 1)..end] switch
        {
            "honoured" => ConfigStanding.Honoured,
            "accepted" => ConfigStanding.Accepted,
            "refused" => ConfigStanding.Refused,
            var other => throw new FormatException($"'{other}' is no standing of a key."),
        };
        return (Scope(line[1..space]), standing, line[(end + 1)..].Trim());
    }

    private static ConfigScope Scope(string text) => text switch
    {
        "topic" => ConfigScope.Topic,
        "broker" => ConfigScope.Broker,
        "broker-dynamic" => ConfigScope.BrokerDynamic,
        "group" => ConfigScope.Group,
        "client-metrics" => ConfigScope.ClientMetrics,
        "quota-user-client" => ConfigScope.QuotaUserClient,
        "quota-ip" => ConfigScope.QuotaIp,
        "authorizer" => ConfigScope.Authorizer,
        "moldau" => ConfigScope.Moldau,
        _ => throw new FormatException($"'{text}' is no scope of keys."),
    };

    private static ConfigKey Row(string line)
    {
        string[] cells = line.Split(' ');
        return new ConfigKey
        {
            Scope = default,
            Name = cells[0],
            Type = TypeOf(cells[1]),
            KafkaDefault = cells[2] switch { "<required>" or "null" => null, "<empty>" => "", var text => text },
            Requirement = cells[2] == "<required>" ? ConfigRequirement.Required : ConfigRequirement.Optional,
            Rule = ConfigRule.Parse(cells[3]),
            Importance = cells[4] switch
            {
                "high" => ConfigImportance.High,
                "medium" => ConfigImportance.Medium,
                _ => ConfigImportance.Low,
            },
            UpdateMode = cells[5] switch
            {
                "read-only" => ConfigUpdateMode.ReadOnly,
                "per-broker" => ConfigUpdateMode.PerBroker,
                "cluster-wide" => ConfigUpdateMode.ClusterWide,
                _ => ConfigUpdateMode.None,
            },
            Synonyms = SynonymsOf(cells[6]),
            IsInternal = cells.Length > 7,
            Standing = default,
            Documentation = "",
        };
    }

    private static ConfigType TypeOf(string text) => text switch
    {
        "BOOLEAN" => ConfigType.Boolean,
        "STRING" => ConfigType.String,
        "INT" => ConfigType.Int,
        "SHORT" => ConfigType.Short,
        "LONG" => ConfigType.Long,
        "DOUBLE" => ConfigType.Double,
        "LIST" => ConfigType.List,
        "CLASS" => ConfigType.Class,
        "PASSWORD" => ConfigType.Password,
        _ => throw new FormatException($"'{text}' is no type of a key."),
    };

    private static ConfigSynonym[] SynonymsOf(string text)
    {
        if (text == "-") return [];
        return Array.ConvertAll(text.Split(','), part => part.Split('*') is [var name, var factor]
            ? new ConfigSynonym(name, long.Parse(factor, CultureInfo.InvariantCulture))
            : new(part, 1));
    }
}
