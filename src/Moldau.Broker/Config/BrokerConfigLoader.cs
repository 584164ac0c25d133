using Moldau.Broker.Net;

namespace Moldau.Broker.Config;

/// <summary>From options and file to a <see cref="BrokerConfig"/>.</summary>
internal static class BrokerConfigLoader
{
    private static readonly string[] DirectoryKeys = ["log.dirs", "log.dir", "moldau.memory"];

    public static BrokerConfig Load(KafkaBrokerOptions options)
    {
        var file = options.ConfigFile is { } path ? PropertiesFile.Read(path) : [];
        var flags = new Dictionary<string, string>(options.Properties, StringComparer.Ordinal);
        AddDirectories(options, flags, file);
        AddListeners(options, flags, key => flags.GetValueOrDefault(key) ?? file.GetValueOrDefault(key));

        var check = new StaticSettings();
        var layers = new ConfigLayers { File = check.Read(file), Flags = check.Read(flags) };
        check.ThrowIfAnyIsWrong();
        if (layers.Text("broker.id") is { } brokerId and not "-1" && layers.SettingsOf("node.id").First().Source == ConfigSource.Default)
            layers = layers with { Flags = new Dictionary<string, string>(layers.Flags) { ["node.id"] = brokerId } };

        var listeners = ListenerSettings.Read(layers, check);
        Protections.Check(layers, listeners, check);
        ListenerKeys.Check(layers, listeners, check);
        CheckRequestMemory(layers, check);
        GroupRules.Check(layers, check);
        check.ThrowIfAnyIsWrong();
        return BrokerConfig.From(layers, listeners, Storage(layers) with { Files = options.Files }) with { Notices = check.Notices() };
    }

    /// <summary>A request that is larger than all the memory for requests could never be read.</summary>
    private static void CheckRequestMemory(ConfigLayers layers, StaticSettings check)
    {
        const string Largest = "socket.request.max.bytes", All = "moldau.request.memory.max.bytes";
        long wanted = layers.Long(Largest) + FrameReader.SizeBytes;
        if (layers.Long(All) < wanted) check.Wrong($"{All} must hold one request of {Largest}: set it to {wanted} or more, or {Largest} lower.");
    }

    private static void AddDirectories(KafkaBrokerOptions options, Dictionary<string, string> flags, Dictionary<string, string> file)
    {
        bool isNamed = DirectoryKeys.Any(key => flags.ContainsKey(key) || file.ContainsKey(key));
        if ((options.DataDirectory ?? (isNamed ? null : options.Preferences.DataDirectory)) is not { } data) return;
        flags.TryAdd("log.dirs", Path.Combine(data, "log"));
        flags.TryAdd("moldau.journal.dir", Path.Combine(data, "journal"));
        flags.TryAdd("moldau.tls.dir", Path.Combine(data, "tls"));
    }

    /// <summary>The listeners that are configured, with the ports that the options name.</summary>
    private static void AddListeners(KafkaBrokerOptions options, Dictionary<string, string> flags, Func<string, string?> said)
    {
        string? configured = said("listeners");
        var (port, saslPort) = (options.Port, options.SaslPort);
        if (configured is null) (port, saslPort) = (port ?? options.Preferences.Port, saslPort ?? options.Preferences.SaslPort);
        if (configured is null && port is null && saslPort is null) port = 0;
        string? advertised = said("advertised.listeners");
        var ports = new ListenerPorts(
            configured ?? "", advertised ?? "", said("listener.security.protocol.map") ?? "", said("controller.listener.names") ?? "");
        ports.Set("PLAINTEXT", port);
        ports.Set("SASL_SSL", saslPort);
        flags["listeners"] = ports.Listeners;
        if (advertised is not null) flags["advertised.listeners"] = ports.Advertised;
    }

    /// <summary>All paths are whole ones: a program may change its working directory.</summary>
    private static StorageConfig Storage(ConfigLayers layers)
    {
        string? log = layers.Bool("moldau.memory") ? null : LogDirectory(layers);
        string? Beside(string key, Func<string, string> unset) =>
            log is null ? null : layers.Text(key) is { } path ? Path.GetFullPath(path) : unset(log);
        return new()
        {
            LogDirectory = log,
            // Of its own name, since the log directories of several brokers may lie beside each other.
            JournalDirectory = Beside("moldau.journal.dir", log => log + ".journal"),
            TlsDirectory = Beside("moldau.tls.dir", log => log + ".tls"),
            MemoryBytesMax = layers.Long("moldau.memory.max.bytes"),
            ProducerIdExpirationMs = layers.Long("producer.id.expiration.ms"),
            Upkeep = new()
            {
                InitialDelayMs = layers.Long("log.initial.task.delay.ms"),
                RetentionCheckMs = layers.Long("log.retention.check.interval.ms"),
                CheckpointMs = layers.Int("log.flush.offset.checkpoint.interval.ms"),
                ProducerExpirationCheckMs = layers.Int("producer.id.expiration.check.interval.ms"),
                CompactionCheckMs = layers.Long(StorageConfig.CompactionCheckKey),
            },
            Cleaning = StorageConfig.CleaningOf(layers),
        };
    }

    private static string? LogDirectory(ConfigLayers layers)
    {
        string[] directories = layers.List("log.dirs") is { Length: > 0 } several ? several : layers.List("log.dir");
        return directories switch
        {
            [] => null,
            [var directory] => Path.TrimEndingDirectorySeparator(Path.GetFullPath(directory)),
            _ => throw new ConfigException($"log.dirs must be one directory, but names several: {string.Join(", ", directories)}."),
        };
    }
}
