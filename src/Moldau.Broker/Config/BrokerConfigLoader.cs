namespace Moldau.Broker.Config;

/// <summary>From options and file to a <see cref="BrokerConfig"/>.</summary>
internal static class BrokerConfigLoader
{
    public static BrokerConfig Load(KafkaBrokerOptions options)
    {
        var file = options.ConfigFile is { } path ? PropertiesFile.Read(path) : [];
        var flags = new Dictionary<string, string>(options.Properties, StringComparer.Ordinal);
        AddDirectories(options, flags);
        if (!flags.ContainsKey("listeners") && !file.ContainsKey("listeners")) flags["listeners"] = DefaultListeners(options);

        var check = new StaticSettings();
        var layers = new ConfigLayers { File = check.Read(file), Flags = check.Read(flags) };
        check.ThrowIfAnyIsWrong();
        if (layers.Text("broker.id") is { } brokerId and not "-1" && layers.SettingsOf("node.id").First().Source == ConfigSource.Default)
            layers = layers with { Flags = new Dictionary<string, string>(layers.Flags) { ["node.id"] = brokerId } };

        var listeners = ListenerSettings.Read(layers, check);
        Protections.Check(layers, listeners, check);
        check.ThrowIfAnyIsWrong();
        return BrokerConfig.From(layers, listeners, Storage(layers)) with { Notices = check.Notices() };
    }

    private static void AddDirectories(KafkaBrokerOptions options, Dictionary<string, string> flags)
    {
        if (options.DataDirectory is not { } data) return;
        flags.TryAdd("log.dirs", Path.Combine(data, "log"));
        flags.TryAdd("moldau.journal.dir", Path.Combine(data, "journal"));
        flags.TryAdd("moldau.tls.dir", Path.Combine(data, "tls"));
    }

    private static string DefaultListeners(KafkaBrokerOptions options)
    {
        var listeners = new List<string>(2);
        if (options.Port is { } port) listeners.Add($"PLAINTEXT://127.0.0.1:{port}");
        if (options.SaslPort is { } saslPort) listeners.Add($"SASL_SSL://127.0.0.1:{saslPort}");
        return string.Join(',', listeners);
    }

    private static StorageConfig Storage(ConfigLayers layers)
    {
        string? logDirectory = layers.Bool("moldau.memory") ? null : LogDirectory(layers);
        string? beside = logDirectory is null
            ? null
            : Path.GetDirectoryName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(logDirectory)));
        return new()
        {
            LogDirectory = logDirectory,
            JournalDirectory = beside is null ? null : layers.Text("moldau.journal.dir") ?? Path.Combine(beside, "journal"),
            TlsDirectory = beside is null ? null : layers.Text("moldau.tls.dir") ?? Path.Combine(beside, "tls"),
            MemoryBytesMax = layers.Long("moldau.memory.max.bytes"),
            ProducerIdExpirationMs = layers.Long("producer.id.expiration.ms"),
        };
    }

    private static string? LogDirectory(ConfigLayers layers)
    {
        string[] directories = layers.List("log.dirs") is { Length: > 0 } several ? several : layers.List("log.dir");
        return directories switch
        {
            [] => null,
            [var directory] => directory,
            _ => throw new ConfigException($"log.dirs must be one directory, but names several: {string.Join(", ", directories)}."),
        };
    }
}
