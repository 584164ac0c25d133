namespace Moldau.Broker.Config;

/// <summary>What a key configures.</summary>
internal enum ConfigScope
{
    Topic,
    Broker,

    /// <summary>A broker's, but only settable while it runs.</summary>
    BrokerDynamic,
    Group,
    ClientMetrics,
    QuotaUserClient,
    QuotaIp,

    /// <summary>Keys that Kafka's authorizer reads from the broker's file.</summary>
    Authorizer,

    /// <summary>Moldau's own.</summary>
    Moldau,
}

/// <summary>The type of a value; the numbers are those of DescribeConfigs.</summary>
internal enum ConfigType : sbyte
{
    Boolean = 1,
    String = 2,
    Int = 3,
    Short = 4,
    Long = 5,
    Double = 6,
    List = 7,
    Class = 8,
    Password = 9,
}

/// <summary>Where a value in force comes from; the numbers are those of DescribeConfigs.</summary>
internal enum ConfigSource : sbyte
{
    Topic = 1,
    DynamicBroker = 2,
    DynamicDefaultBroker = 3,

    /// <summary>The file, or a flag of the command line or of an embedding program.</summary>
    StaticBroker = 4,
    Default = 5,
    DynamicBrokerLogger = 6,
    ClientMetrics = 7,
    Group = 8,
}

/// <summary>How a broker key may change while the broker runs; topics, groups and so on have no mode.</summary>
internal enum ConfigUpdateMode
{
    None,
    ReadOnly,
    PerBroker,
    ClusterWide,
}

internal enum ConfigImportance
{
    High,
    Medium,
    Low,
}

/// <summary>What Moldau does with a key.</summary>
internal enum ConfigStanding
{
    Honoured,

    /// <summary>Known and taken, without effect; its documentation says why.</summary>
    Accepted,

    /// <summary>Would promise a protection that does not exist, so only the default is taken.</summary>
    Refused,
}

/// <summary>A broker key that gives a topic or group key its default, and the factor between their units.</summary>
internal readonly record struct ConfigSynonym(string Name, long Factor);

/// <summary>One key of the configuration model.</summary>
internal sealed record ConfigKey
{
    public required ConfigScope Scope { get; init; }

    public required string Name { get; init; }

    public required ConfigType Type { get; init; }

    /// <summary>Kafka's default in its canonical text; null where it has none.</summary>
    public required string? KafkaDefault { get; init; }

    /// <summary>A key that Kafka does not start without.</summary>
    public required ConfigRequirement Requirement { get; init; }

    public required ConfigRule Rule { get; init; }

    public required ConfigImportance Importance { get; init; }

    public required ConfigUpdateMode UpdateMode { get; init; }

    public required IReadOnlyList<ConfigSynonym> Synonyms { get; init; }

    /// <summary>Kafka keeps internal keys out of its documentation and its answers.</summary>
    public required bool IsInternal { get; init; }

    public required ConfigStanding Standing { get; init; }

    public required string Documentation { get; init; }

    /// <summary>The default in force: Kafka's, or that of one node (<see cref="OneNodeDefaults"/>).</summary>
    public string? Default => OneNodeDefaults.Find(this)?.Value ?? KafkaDefault;

    /// <summary>Whether the value would promise what does not exist.</summary>
    public bool Refuses(in ConfigValue value) => Standing == ConfigStanding.Refused && value.Text != (Default ?? "");

    public bool IsSensitive => Type == ConfigType.Password;
}

internal enum ConfigRequirement
{
    Optional,
    Required,
}
