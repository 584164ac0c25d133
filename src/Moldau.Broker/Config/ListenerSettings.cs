using System.Collections.Immutable;
using System.Globalization;
using System.Security.Authentication;

namespace Moldau.Broker.Config;

/// <summary>From <c>listeners</c> and the keys around it to the listeners that are opened.</summary>
internal static class ListenerSettings
{
    public static readonly IReadOnlyList<string> Mechanisms = ["SCRAM-SHA-256", "SCRAM-SHA-512", "PLAIN"];

    public static ImmutableArray<ListenerConfig> Read(ConfigLayers layers, StaticSettings check)
    {
        var protocols = Protocols(layers.Text("listener.security.protocol.map")!, check);
        var advertised = Addresses("advertised.listeners", layers, check).ToDictionary(address => address.Name, StringComparer.Ordinal);
        string[] controllers = layers.List("controller.listener.names");
        var listeners = ImmutableArray.CreateBuilder<ListenerConfig>();
        foreach (var (name, host, port) in Addresses("listeners", layers, check))
        {
            if (controllers.Contains(name, StringComparer.OrdinalIgnoreCase))
                check.Notice(ConfigNoticeLevel.Information, $"The listener {name} is not opened: the controller here needs none.");
            else if (!protocols.TryGetValue(name, out var protocol))
                check.Wrong($"listener.security.protocol.map does not hold the listener {name}. Add {name}:PROTOCOL to it; {Choices}.");
            else
                listeners.Add(WithSecurity(new() { Name = name, Protocol = protocol, Host = host, Port = port }, layers, check) with
                {
                    Advertised = advertised.Remove(name, out var told) ? new AdvertisedEndpoint(told.Host, told.Port) : null,
                });
        }

        foreach (string name in advertised.Keys.Except(controllers, StringComparer.OrdinalIgnoreCase))
            check.Wrong($"advertised.listeners names {name}, which is not among the listeners that are opened.");
        return listeners.ToImmutable();
    }

    private static ListenerConfig WithSecurity(ListenerConfig listener, ConfigLayers layers, StaticSettings check)
    {
        if (listener.HasTls) listener = listener with { TlsVersions = TlsVersions(listener, layers, check) };
        if (!listener.HasSasl) return listener;
        string[] mechanisms = layers.ListenerList(listener.Name, "sasl.enabled.mechanisms");
        string offered = string.Join(", ", Mechanisms);
        foreach (string mechanism in mechanisms.Except(Mechanisms, StringComparer.Ordinal))
            check.Wrong($"The listener {listener.Name} cannot offer {mechanism} of sasl.enabled.mechanisms. Offered are {offered}.");
        if (mechanisms.Length == 0) check.Wrong($"The listener {listener.Name} needs a mechanism in sasl.enabled.mechanisms: {offered}.");
        var users = mechanisms.SelectMany(mechanism => JaasUsers(listener.Name, mechanism, layers, check));
        return listener with
        {
            SaslMechanisms = mechanisms,
            PlainUsers = users.ToDictionary(StringComparer.Ordinal),
            SessionMsMax = mechanisms.ToDictionary(
                mechanism => mechanism,
                // Negative is no end too, and clients are told 0 for that: some take any other number for a lifetime.
                mechanism => Math.Max(0, layers.MechanismLong(listener.Name, mechanism, "connections.max.reauth.ms")),
                StringComparer.Ordinal),
        };
    }

    private static Dictionary<string, string> JaasUsers(string listener, string mechanism, ConfigLayers layers, StaticSettings check)
    {
        string key = $"{ConfigLayers.MechanismPrefix(listener, mechanism)}sasl.jaas.config";
        if (layers.Text(key) is not { } text) return [];
        try
        {
            var line = JaasLine.Parse(key, text);
            string expected = mechanism == "PLAIN" ? "PlainLoginModule" : "ScramLoginModule";
            if (line.Module != expected) check.Wrong($"{key} names the module {line.Module}, but {mechanism} needs {expected}.");
            return mechanism == "PLAIN" ? new(line.Users, StringComparer.Ordinal) : [];
        }
        catch (ConfigException e)
        {
            check.Wrong(e.Message);
            return [];
        }
    }

    private static SslProtocols TlsVersions(ListenerConfig listener, ConfigLayers layers, StaticSettings check)
    {
        var versions = SslProtocols.None;
        foreach (string name in layers.ListenerList(listener.Name, "ssl.enabled.protocols"))
        {
            if (name == "TLSv1.2") versions |= SslProtocols.Tls12;
            else if (name == "TLSv1.3") versions |= SslProtocols.Tls13;
            else check.Wrong($"ssl.enabled.protocols must be TLSv1.2, TLSv1.3 or both, but holds '{name}'.");
        }

        if (versions == SslProtocols.None)
            check.Wrong($"The listener {listener.Name} needs TLSv1.2, TLSv1.3 or both in ssl.enabled.protocols.");
        return versions;
    }

    private static readonly Dictionary<string, SecurityProtocol> ProtocolNames = new(StringComparer.OrdinalIgnoreCase)
    {
        ["PLAINTEXT"] = SecurityProtocol.Plaintext,
        ["SSL"] = SecurityProtocol.Ssl,
        ["SASL_PLAINTEXT"] = SecurityProtocol.SaslPlaintext,
        ["SASL_SSL"] = SecurityProtocol.SaslSsl,
    };

    private static string Choices => "protocols are " + string.Join(", ", ProtocolNames.Keys);

    private static Dictionary<string, SecurityProtocol> Protocols(string text, StaticSettings check)
    {
        var protocols = new Dictionary<string, SecurityProtocol>(StringComparer.Ordinal);
        foreach (string entry in text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            if (entry.Split(':') is [var name, var protocol] && ProtocolNames.TryGetValue(protocol, out var known))
                protocols[name.ToUpperInvariant()] = known;
            else
                check.Wrong($"listener.security.protocol.map must be NAME:PROTOCOL, comma-separated, but holds '{entry}'; {Choices}.");
        }

        return protocols;
    }

    private static List<(string Name, string Host, int Port)> Addresses(string key, ConfigLayers layers, StaticSettings check)
    {
        var addresses = new List<(string Name, string Host, int Port)>();
        foreach (string entry in layers.List(key))
        {
            if (Address(entry) is not { } address) check.Wrong($"{key} must be NAME://HOST:PORT, comma-separated, but holds '{entry}'.");
            else if (addresses.Exists(other => other.Name == address.Name)) check.Wrong($"{key} names {address.Name} twice.");
            else addresses.Add(address);
        }

        return addresses;
    }

    private static (string Name, string Host, int Port)? Address(string entry)
    {
        int scheme = entry.IndexOf("://", StringComparison.Ordinal), colon = entry.LastIndexOf(':');
        if (scheme < 1 || colon < scheme + 3) return null;
        if (!ushort.TryParse(entry.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out ushort port)) return null;

        // Brackets keep the colons of an IPv6 address apart from the port's.
        return (entry[..scheme].ToUpperInvariant(), entry[(scheme + 3)..colon].TrimStart('[').TrimEnd(']'), port);
    }
}
