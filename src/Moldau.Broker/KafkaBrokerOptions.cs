using Microsoft.Extensions.Logging;

namespace Moldau.Broker;

/// <summary>How a <see cref="KafkaBroker"/> runs. What is not set here has Kafka's default.</summary>
public sealed class KafkaBrokerOptions
{
    /// <summary>Where data is kept: <c>DIR/log</c> in Kafka's format, <c>DIR/journal</c> and <c>DIR/tls</c> beside it. Null keeps everything in memory.</summary>
    public string? DataDirectory { get; set; }

    /// <summary>Port of the PLAINTEXT listener on loopback; 0 takes any free one, null opens none.</summary>
    public int? Port { get; set; } = 0;

    /// <summary>Port of the SASL_SSL listener; 0 takes any free one, null opens none.</summary>
    public int? SaslPort { get; set; }

    /// <summary>A file in the format of Kafka's <c>server.properties</c>.</summary>
    public string? ConfigFile { get; set; }

    /// <summary>Kafka's configuration keys; they win over <see cref="ConfigFile"/>.</summary>
    public IDictionary<string, string> Properties { get; } = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>Where log events go; null drops them.</summary>
    public ILoggerFactory? LoggerFactory { get; set; }

    /// <summary>The one clock: UTC for times that are stored, its timestamp for timers.</summary>
    public TimeProvider TimeProvider { get; set; } = TimeProvider.System;
}
