using Moldau.Broker.Net;
using Moldau.Broker.Security;
using Moldau.Protocol;

namespace Moldau.Broker;

/// <summary>Who asks: the type is <c>User</c> for everyone whom a listener authenticates.</summary>
internal readonly record struct KafkaPrincipal(string Type, string Name)
{
    public static readonly KafkaPrincipal Anonymous = new("User", "ANONYMOUS");

    public static KafkaPrincipal User(string name) => new("User", name);

    public override string ToString() => $"{Type}:{Name}";
}

/// <summary>An address as clients are told it.</summary>
internal readonly record struct AdvertisedEndpoint(string Host, int Port);

/// <summary>What stands before a response's body.</summary>
internal enum ResponseHeaderForm
{
    /// <summary>The correlation id.</summary>
    Plain,

    /// <summary>The correlation id and tagged fields (flexible versions, but never ApiVersions).</summary>
    Tagged,

    /// <summary>Nothing: a bare SASL token.</summary>
    None,
}

/// <summary>What a handler knows of a request beyond its body.</summary>
internal sealed class RequestContext
{
    // Most answers hold nothing, and hardly any more than one thing.
    private IDisposable? _held;
    private List<IDisposable>? _heldBesides;

    public required ApiKey Api { get; init; }

    public required short Version { get; init; }

    public int CorrelationId { get; init; }

    public string? ClientId { get; init; }

    public KafkaPrincipal Principal { get; init; } = KafkaPrincipal.Anonymous;

    /// <summary>The listener's name, such as <c>SASL_SSL</c>.</summary>
    public string Listener { get; init; } = "PLAINTEXT";

    /// <summary>The client's address as Kafka shows it: <c>/127.0.0.1</c>.</summary>
    public string ClientAddress { get; init; } = "/127.0.0.1";

    /// <summary>The broker's address for this connection; the same in Metadata, FindCoordinator and DescribeCluster.</summary>
    public AdvertisedEndpoint Advertised { get; init; }

    /// <summary>Fires when the connection ends, so that a wait for its sake ends too.</summary>
    public CancellationToken ConnectionClosed { get; init; }

    public ResponseHeaderForm ResponseHeader { get; init; }

    /// <summary>The connection's login; null on a listener without SASL.</summary>
    public SaslSession? Sasl { get; init; }

    /// <summary>Set by a handler that wants the connection closed after its answer.</summary>
    public ConnectionEndException? EndAfterReply { get; set; }

    /// <summary>Set by a handler that has filled what is bounded: the connection's next frame is read when this completes.</summary>
    public Task BeforeNextFrame { get; set; } = Task.CompletedTask;

    /// <summary>Keeps pooled bytes that the response borrows until it is sent, or dropped with its connection.</summary>
    public void HoldUntilSent(IDisposable resource)
    {
        if (_held is null) _held = resource;
        else (_heldBesides ??= []).Add(resource);
    }

    public void ReleaseHeld()
    {
        var (held, besides) = (_held, _heldBesides);
        (_held, _heldBesides) = (null, null);
        held?.Dispose();
        if (besides is null) return;
        foreach (var resource in besides) resource.Dispose();
    }
}
