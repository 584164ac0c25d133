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
    private readonly string? _temporaryTlsDirectory;

    /// <summary>Binds all listeners, so that their ports are known; nobody is let in yet.</summary>
    public Network(BrokerServices services, IScramCredentials credentials)
    {
        _services = services;
        _connections = new ConnectionTable(services.Limits, services.Time);
        var config = services.Config;
        var parts = PartsOf(services, _connections);
        try
        {
            if (config.Listeners.Any(listener => listener.HasTls))
            {
                if (config.Storage.TlsDirectory is null) _temporaryTlsDirectory = Directory.CreateTempSubdirectory("moldau-tls-").FullName;
                var names = config.Listeners.Select(listener => listener.Advertised?.Host).OfType<string>();
                Certificate = ServerCertificate.Load(config.Storage.TlsDirectory ?? _temporaryTlsDirectory!, names);
            }
            foreach (var listener in config.Listeners)
                _listeners.Add((listener, new Listener(listener, parts, OfferOf(listener, credentials), Certificate)));
        }
        catch
        {
            foreach (var (_, listener) in _listeners) listener.Dispose();
            _connections.Dispose();
            DeleteTemporaryTlsDirectory();
            throw;
        }
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
        DeleteTemporaryTlsDirectory();
    }

    /// <summary>There are keys in it, which must not outlive the broker.</summary>
    private void DeleteTemporaryTlsDirectory()
    {
        if (_temporaryTlsDirectory is not null) Directory.Delete(_temporaryTlsDirectory, recursive: true);
    }

    private static async Task<bool> EndedWithinAsync(Task ended, TimeSpan timeout) =>
        await Task.WhenAny(ended, Task.Delay(timeout)).ConfigureAwait(false) == ended;

    private static ListenerParts PartsOf(BrokerServices services, ConnectionTable connections) => new()
    {
        Dispatcher = new Dispatcher(Apis.Bind(services)),
        Limits = services.Limits,
        Connections = connections,
        Memory = services.Memory,
        Metrics = services.Metrics,
        Time = services.Time,
        Logger = services.Loggers.CreateLogger("Moldau.Broker.Network"),
    };

    private static SaslOffer? OfferOf(ListenerConfig listener, IScramCredentials credentials) => !listener.HasSasl ? null : new SaslOffer
    {
        SessionMsMax = listener.SessionMsMax,
        Mechanisms = listener.SaslMechanisms,
        PlainUsers = listener.PlainUsers,
        Scram = credentials,
    };
}
