using Microsoft.Extensions.Logging;
using Moldau.Broker.Config;
using Moldau.Broker.Security;

namespace Moldau.Broker.Net;

/// <summary>
/// What a broker needs to be reached: its sockets, and the certificate that it shows. It is had before the log directory is touched, so that
/// a start which fails for the want of a port has made no cluster, and no user whose password nobody was told.
/// </summary>
internal sealed class BoundListeners : IAsyncDisposable
{
    private readonly List<ListenerSocket> _sockets = [];
    private string? _temporaryTlsDirectory;

    private BoundListeners()
    {
    }

    public IReadOnlyList<ListenerSocket> Sockets => _sockets;

    /// <summary>Null where no listener has TLS.</summary>
    public ServerCertificate? Certificate { get; private set; }

    public static BoundListeners Open(BrokerConfig config, ILogger logger)
    {
        var bound = new BoundListeners();
        try
        {
            foreach (var listener in config.Listeners) bound._sockets.Add(ListenerSocket.Bind(listener));
            if (config.Listeners.Any(listener => listener.HasTls)) bound.LoadCertificate(config, logger);
            return bound;
        }
        catch
        {
            bound.Close();
            throw;
        }
    }

    public ValueTask DisposeAsync()
    {
        Close();
        return ValueTask.CompletedTask;
    }

    private void LoadCertificate(BrokerConfig config, ILogger logger)
    {
        if (config.Storage.TlsDirectory is null) _temporaryTlsDirectory = Directory.CreateTempSubdirectory("moldau-tls-").FullName;
        var names = config.Listeners.Select(listener => listener.Advertised?.Host).OfType<string>();
        Certificate = ServerCertificate.Load(
            config.Storage.TlsDirectory ?? _temporaryTlsDirectory!, names, logger, keepsKeys: _temporaryTlsDirectory is null);
    }

    /// <summary>There are keys in the temporary directory, which must not outlive the broker.</summary>
    private void Close()
    {
        foreach (var socket in _sockets) socket.Dispose();
        if (_temporaryTlsDirectory is not null) Directory.Delete(_temporaryTlsDirectory, recursive: true);
        _temporaryTlsDirectory = null;
    }
}
