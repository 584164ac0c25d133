using System.Net;
using Moldau.Broker.Security;

namespace Moldau.Broker.Net;

/// <summary>What is fixed for a connection, or changes only with its login.</summary>
internal sealed class ConnectionState
{
    public required long Id { get; init; }

    public required string Listener { get; init; }

    public required IPEndPoint Remote { get; init; }

    public required AdvertisedEndpoint Advertised { get; init; }

    /// <summary>Null on a listener without SASL, whose clients are anonymous.</summary>
    public SaslSession? Sasl { get; init; }

    /// <summary>As Kafka shows it.</summary>
    public string ClientAddress => field ??= $"/{Remote.Address}";

    public bool IsAuthenticated => Sasl is null || Sasl.IsAuthenticated;

    public KafkaPrincipal Principal => Sasl?.Principal ?? KafkaPrincipal.Anonymous;
}
