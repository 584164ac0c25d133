using System.Net;
using System.Security.Authentication;

namespace Moldau.Broker.Config;

/// <summary>What a listener's connections speak before Kafka's protocol begins.</summary>
internal enum SecurityProtocol
{
    Plaintext,
    Ssl,
    SaslPlaintext,
    SaslSsl,
}

/// <summary>One listener to open.</summary>
internal sealed record ListenerConfig
{
    /// <summary>In capitals, as Kafka has it.</summary>
    public required string Name { get; init; }

    public required SecurityProtocol Protocol { get; init; }

    /// <summary>A name or an address; empty for all addresses.</summary>
    public required string Host { get; init; }

    /// <summary>0 takes any free port.</summary>
    public required int Port { get; init; }

    /// <summary>What clients are told; null for the address that they dialled.</summary>
    public AdvertisedEndpoint? Advertised { get; init; }

    public IReadOnlyList<string> SaslMechanisms { get; init; } = [];

    /// <summary>Passwords of PLAIN by user, from the listener's JAAS line.</summary>
    public IReadOnlyDictionary<string, string> PlainUsers { get; init; } = new Dictionary<string, string>();

    /// <summary>The longest life of a login by its mechanism; 0: no end.</summary>
    public IReadOnlyDictionary<string, long> SessionMsMax { get; init; } = new Dictionary<string, long>();

    public SslProtocols TlsVersions { get; init; } = SslProtocols.Tls12 | SslProtocols.Tls13;

    public bool HasTls => Protocol is SecurityProtocol.Ssl or SecurityProtocol.SaslSsl;

    public bool HasSasl => Protocol is SecurityProtocol.SaslPlaintext or SecurityProtocol.SaslSsl;

    /// <summary>Whether only programs of this machine can reach it.</summary>
    public bool IsLoopback =>
        Host.Equals("localhost", StringComparison.OrdinalIgnoreCase)
        || (IPAddress.TryParse(Host, out var address) && IPAddress.IsLoopback(address));
}
