using System.Globalization;
using Confluent.Kafka;

namespace Moldau.Cli.Clients;

/// <summary>Addresses of brokers as they are written: HOST:PORT.</summary>
internal static class BrokerAddresses
{
    public static string Of(BrokerMetadata broker) => Of(broker.Host, broker.Port);

    public static string Of(string host, int port) => $"{host}:{port}";

    /// <summary>What is said of them before a client is made of them, which would pass over a wrong one without a word.</summary>
    /// <exception cref="UsageFailure">One of them is empty, or has something else than a port behind its last colon.</exception>
    public static void Validate(string brokers)
    {
        foreach (string address in brokers.Split(',', StringSplitOptions.TrimEntries))
        {
            if (!IsAddress(address))
            {
                throw new UsageFailure(
                    $"'{address}' is no address of a broker.",
                    "--brokers and CLOUDKARAFKA_BROKERS take HOST:PORT, several divided by commas; a port is a number from 1 to 65535.");
            }
        }
    }

    private static bool IsAddress(string address)
    {
        int scheme = address.IndexOf("://", StringComparison.Ordinal);
        string place = scheme < 0 ? address : address[(scheme + 3)..];
        int bracket = place.LastIndexOf(']');
        int colon = place.LastIndexOf(':');
        bool hasPort = colon > bracket && (bracket >= 0 || place.IndexOf(':', StringComparison.Ordinal) == colon);
        string host = hasPort ? place[..colon] : place;
        return host.Length > 0 && !host.Any(char.IsWhiteSpace) && (!hasPort || IsPort(place.AsSpan(colon + 1)));
    }

    private static bool IsPort(ReadOnlySpan<char> text) =>
        ushort.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out ushort port) && port > 0;
}
