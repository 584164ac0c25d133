using Microsoft.Extensions.Logging;
using Moldau.Log.Files;

namespace Moldau.Broker;

/// <summary>How a <see cref="KafkaBroker"/> runs. What is not set here has Kafka's default.</summary>
public sealed class KafkaBrokerOptions
{
    /// <summary>Where data is kept: <c>DIR/log</c> in Kafka's format, <c>DIR/journal</c> and <c>DIR/tls</c> beside it. Null keeps everything in memory.</summary>
    public string? DataDirectory { get; set; }

    /// <summary>
    /// Port of the PLAINTEXT listener: of the one that <c>listeners</c> names, else of one on loopback; 0 takes any free one. Unset, and with
    /// neither <see cref="SaslPort"/> nor <c>listeners</c> set, any free one is taken too.
    /// </summary>
    public int? Port { get; set; }

    /// <summary>Port of the SASL_SSL listener: of the one that <c>listeners</c> names, else of one on loopback; 0 takes any free one.</summary>
    public int? SaslPort { get; set; }

    /// <summary>A file in the format of Kafka's <c>server.properties</c>.</summary>
    public string? ConfigFile { get; set; }

    /// <summary>Kafka's configuration keys; they win over <see cref="ConfigFile"/>.</summary>
    public IDictionary<string, string> Properties { get; } = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>Where log events go; null drops them.</summary>
    public ILoggerFactory? LoggerFactory { get; set; }

    /// <summary>The one clock: UTC for times that are stored, its timestamp for timers.</summary>
    public TimeProvider TimeProvider { get; set; } = TimeProvider.System;

    /// <summary>What a program prefers where neither these options nor the file say: the command line's own directory and ports.</summary>
    internal BrokerPreferences Preferences { get; set; } = new();

    /// <summary>The file system of the log directory and the journal in place of the machine's, which cannot be made to fail at will.</summary>
    internal IFileStore? Files { get; set; }
}

/// <summary>A program's defaults in place of the built-in ones.</summary>
internal sealed record BrokerPreferences
{
    /// <inheritdoc cref="KafkaBrokerOptions.DataDirectory"/>
    public string? DataDirectory { get; init; }

    /// <inheritdoc cref="KafkaBrokerOptions.Port"/>
    public int? Port { get; init; }

    /// <inheritdoc cref="KafkaBrokerOptions.SaslPort"/>
    public int? SaslPort { get; init; }
}
