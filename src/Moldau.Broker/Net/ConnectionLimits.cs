using System.Net;
using Moldau.Broker.Config;

namespace Moldau.Broker.Net;

/// <summary>The bounds of what clients may take. Kafka's key is named where there is one.</summary>
internal sealed record ConnectionLimits
{
    /// <summary>Bytes of buffer that every connection may hold without a reservation.</summary>
    public const int UnreservedBytes = 16 * 1024;

    /// <summary><c>socket.request.max.bytes</c></summary>
    public int RequestBytesMax { get; init; } = 100 * 1024 * 1024;

    /// <summary>Bytes of a request of any other API than Produce: decoded, its elements take many times the room of their bytes.</summary>
    public const int RequestBytesMaxBesidesProduce = 16 * 1024 * 1024;

    /// <summary>Bytes of a request before the client is authenticated.</summary>
    public int UnauthenticatedBytesMax { get; init; } = UnreservedBytes;

    /// <summary>Requests of one connection whose replies are not sent yet; at the bound its next frame is not read.</summary>
    public int RequestsInFlightMax { get; init; } = 64;

    /// <summary>
    /// <c>moldau.request.memory.max.bytes</c>: bytes of large requests and answers, over all connections; at the bound, further large frames
    /// wait to be read.
    /// </summary>
    public long RequestMemoryBytesMax { get; init; } = 512L * 1024 * 1024;

    /// <summary><c>max.connections</c></summary>
    public int ConnectionsMax { get; init; } = int.MaxValue;

    /// <summary><c>max.connections.per.ip</c></summary>
    public int ConnectionsPerAddressMax { get; init; } = int.MaxValue;

    /// <summary><c>max.connections.per.ip.overrides</c></summary>
    public IReadOnlyDictionary<string, int> PerAddressOverrides { get; init; } = new Dictionary<string, int>();

    /// <summary><c>connections.max.idle.ms</c>; negative: never.</summary>
    public long IdleMsMax { get; init; } = 600_000;

    /// <summary>
    /// <c>moldau.request.holdup.max.ms</c>: milliseconds that a client may take for the rest of a large request, or for taking a large
    /// answer, while others wait for memory.
    /// </summary>
    public long HoldUpMsMax { get; init; } = 10_000;

    /// <summary>Milliseconds from the connect to the end of TLS handshake and login.</summary>
    public long AuthenticationMsMax { get; init; } = 30_000;

    /// <summary><c>connection.failed.authentication.delay.ms</c>: how long a refused login waits for its answer.</summary>
    public int FailedAuthenticationDelayMs { get; init; } = 100;

    public static ConnectionLimits From(ConfigLayers layers) => new()
    {
        RequestBytesMax = layers.Int("socket.request.max.bytes"),
        UnauthenticatedBytesMax = layers.Int("sasl.server.max.receive.size"),
        RequestsInFlightMax = layers.Int("moldau.max.inflight.requests"),
        RequestMemoryBytesMax = layers.Long("moldau.request.memory.max.bytes"),
        HoldUpMsMax = layers.Long("moldau.request.holdup.max.ms"),
        ConnectionsMax = layers.Int("max.connections"),
        ConnectionsPerAddressMax = layers.Int("max.connections.per.ip"),
        PerAddressOverrides = AddressLimits.Read(layers.Text("max.connections.per.ip.overrides")!)!,
        IdleMsMax = layers.Long("connections.max.idle.ms"),
        AuthenticationMsMax = layers.Int("moldau.authentication.timeout.ms"),
        FailedAuthenticationDelayMs = layers.Int("connection.failed.authentication.delay.ms"),
    };

    public int PerAddressMax(IPAddress address) =>
        PerAddressOverrides.Count > 0 && PerAddressOverrides.TryGetValue(address.ToString(), out int own) ? own : ConnectionsPerAddressMax;
}
