using Moldau.Broker.Config;
using Moldau.Broker.Security;

namespace Moldau.Broker.Net;

/// <summary>The listeners of a broker and all that they share.</summary>
internal sealed class Network : IAsyncDisposable
{
    // A client that does not read must not keep the broker from stopping.
    private static readonly TimeSpan FinishTimeout = TimeSpan.FromSeconds(3), AbortTimeout = TimeSpan.FromSeconds(3);

    private readonly List<(ListenerConfig Config, Listener Listener)> _listeners = [];
    private readonly BrokerServices _services;
    private readonly ConnectionTable _connections;
    private readonly PasswordChecks _passwords = new();

    /// <summary>Makes listeners of the bound sockets; nobody is let in yet.</summary>
    public Network(BrokerServices services, BoundListeners bound, IScramCredentials credentials)
    {
        _services = services;
        Certificate = bound.Certificate;
        _connections = new ConnectionTable(services.Limits, services.Time);
        var parts = PartsOf(services, _connections);
        foreach (var socket in bound.Sockets)
            _listeners.Add((socket.Config, new Listener(socket, parts, OfferOf(socket.Config, credentials), Certificate)));
    }

    public ServerCertificate? Certificate { get; }

    public string? CaPath => Certificate?.CaPath;

    /// <summary>The listeners with the ports that they have.</summary>
    public IEnumerable<(ListenerConfig Config, int Port)> Bound => _listeners.Select(bound => (bound.Config, bound.Listener.Port));

    /// <summary>Where clients find the first listener with, or without, a login.</summary>
    public string? AddressOf(Predicate<ListenerConfig> which) => _listeners.Find(bound => which(bound.Config)).Listener?.Address;

    public void Open()
    {
        foreach (var (_, listener) in _listeners) listener.Open(_services.Config.Sockets);
        Certificate?.Prepare();
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var (_, listener) in _listeners) listener.Dispose();
        var ended = Task.WhenAll(_listeners.Select(bound => bound.Listener.DrainAsync()));
        _connections.Stop();
        if (!await EndedWithinAsync(ended, FinishTimeout).ConfigureAwait(false))
        {
            _connections.Abort();
            if (!await EndedWithinAsync(ended, AbortTimeout).ConfigureAwait(false))
                _services.Loggers.CreateLogger("Moldau.Broker.Network").ConnectionsLeft(_connections.Count);
        }
        _connections.Dispose();
        _passwords.Dispose();
    }

    private static async Task<bool> EndedWithinAsync(Task ended, TimeSpan timeout) =>
        await Task.WhenAny(ended, Task.Delay(timeout)).ConfigureAwait(false) == ended;

    private static ListenerParts PartsOf(BrokerServices services, ConnectionTable connections)
    {
        var logger = services.Loggers.CreateLogger("Moldau.Broker.Network");
        return new()
        {
            Dispatcher = new Dispatcher(Apis.Bind(services)),
            Limits = services.Limits,
            Connections = connections,
            Memory = services.Memory,
            Metrics = services.Metrics,
            Time = services.Time,
            Logger = logger,
            Ends = new ConnectionEndLog(logger, services.Time),
        };
    }

    private SaslOffer? OfferOf(ListenerConfig listener, IScramCredentials credentials) => !listener.HasSasl ? null : new SaslOffer
    {
        SessionMsMax = listener.SessionMsMax,
        Mechanisms = listener.SaslMechanisms,
        PlainUsers = listener.PlainUsers,
        Scram = credentials,
        Passwords = _passwords,
        RefusalDelay = TimeSpan.FromMilliseconds(_services.Limits.FailedAuthenticationDelayMs),
    };
}
