using System.Net;
using System.Net.Sockets;
using System.Security.Authentication;
using Microsoft.Extensions.Logging;
using Moldau.Broker.Config;
using Moldau.Broker.Security;

namespace Moldau.Broker.Net;

/// <summary>What all listeners of a broker share.</summary>
internal sealed record ListenerParts
{
    public required Dispatcher Dispatcher { get; init; }

    public required ConnectionLimits Limits { get; init; }

    public required ConnectionTable Connections { get; init; }

    public required MemoryBudget Memory { get; init; }

    public required BrokerMetrics Metrics { get; init; }

    public required TimeProvider Time { get; init; }

    public required ILogger Logger { get; init; }

    public required ConnectionEndLog Ends { get; init; }
}

/// <summary>One endpoint that clients connect to. It lets them in when the broker is ready.</summary>
internal sealed class Listener : IDisposable
{
    // After a failed accept (no file descriptors left, most often) a pause keeps the loop from spinning.
    private static readonly TimeSpan PauseAfterFailure = TimeSpan.FromMilliseconds(100);

    private readonly ListenerConfig _config;
    private readonly ListenerParts _parts;
    private readonly SaslOffer? _sasl;
    private readonly ServerCertificate? _certificate;
    private readonly Socket _socket;
    private readonly List<Task> _running = [];

    public Listener(ListenerSocket bound, ListenerParts parts, SaslOffer? sasl, ServerCertificate? certificate)
    {
        _config = bound.Config;
        _parts = parts;
        _sasl = sasl;
        _certificate = _config.HasTls ? certificate : null;
        _socket = bound.Socket;
        Local = bound.Local;
    }

    public string Name => _config.Name;

    public int Port => Local.Port;

    /// <summary>Where a client of this machine finds it.</summary>
    public string Address => _config.Advertised is { } told
        ? $"{told.Host}:{told.Port}"
        : $"{HostOf(Local.Address)}:{Port}";

    private IPEndPoint Local { get; }

    /// <summary>From where it is reached, for who reads the log: that other machines may come must be seen there.</summary>
    private string Place => (IsOfAllAddresses(Local.Address), _config.Advertised) switch
    {
        (true, null) => $"port {Port} of all addresses of this machine; clients are told the one that they dialled",
        (true, _) => $"port {Port} of all addresses of this machine; clients are told {Address}",
        (_, { } told) when told != new AdvertisedEndpoint(_config.Host, Port) => $"{HostOf(Local.Address)}:{Port}; clients are told {Address}",
        _ => Address,
    };

    public void Open(SocketConfig config)
    {
        // Connections inherit the sizes, which must be set before the first of them is made.
        if (config.SendBufferBytes > 0) _socket.SendBufferSize = config.SendBufferBytes;
        if (config.ReceiveBufferBytes > 0) _socket.ReceiveBufferSize = config.ReceiveBufferBytes;
        Listen(config.ListenBacklog);
        var accepting = AcceptAsync();
        lock (_running) _running.Add(accepting);
        _parts.Logger.ListenerOpened(Name, _config.Protocol, Place);
    }

    private void Listen(int backlog)
    {
        try
        {
            _socket.Listen(backlog);
        }
        catch (SocketException e)
        {
            // Two may bind to one port, but only one may listen; the other one may be this broker's.
            throw new IOException(
                $"The listener {Name} cannot be opened on {Address}: {e.Message}. Is another listener or program using the port?", e);
        }
    }

    /// <summary>Lets nobody in any more. Connections are ended by their table.</summary>
    public void Dispose() => _socket.Dispose();

    /// <summary>Completes when the last connection has ended.</summary>
    public Task DrainAsync()
    {
        lock (_running) return Task.WhenAll(_running);
    }

    private static bool IsOfAllAddresses(IPAddress address) => address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any);

    private static string HostOf(IPAddress address) =>
        IsOfAllAddresses(address) ? "localhost"
        : address.AddressFamily == AddressFamily.InterNetworkV6 ? $"[{address}]"
        : address.ToString();

    private async Task AcceptAsync()
    {
        while (true)
        {
            try
            {
                var socket = await _socket.AcceptAsync().ConfigureAwait(false);
                Track(ServeAsync(socket));
            }
            catch (Exception e) when (IsClosed(e))
            {
                return;
            }
            catch (SocketException e)
            {
                _parts.Logger.AcceptFailed(Name, e.Message);
                await Task.Delay(PauseAfterFailure, _parts.Time).ConfigureAwait(false);
            }
        }
    }

    private static bool IsClosed(Exception e) =>
        e is ObjectDisposedException or SocketException { SocketErrorCode: SocketError.OperationAborted or SocketError.Interrupted };

    private void Track(Task connection)
    {
        if (connection.IsCompleted) return;
        lock (_running) _running.Add(connection);
        connection.ContinueWith(
            ended => { lock (_running) _running.Remove(ended); },
            CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
    }

    /// <summary>A connection from its accept to its end. Never throws.</summary>
    private async Task ServeAsync(Socket socket)
    {
        // The next client must not wait for what this one has sent already.
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        _parts.Metrics.ConnectionOpened(Name);
        string client = "a client";
        var entry = default(ConnectionTable.Entry);
        ConnectionEndException end;
        try
        {
            var remote = Unmapped((IPEndPoint)socket.RemoteEndPoint!);
            client = remote.ToString();
            entry = _parts.Connections.TryAdmit(remote.Address, out var refusal);
            end = entry is null
                ? new ConnectionEndException(refusal, "there is no place for it")
                : await ServeAsync(socket, remote, entry).ConfigureAwait(false);
        }
#pragma warning disable CA1031 // Whatever it was, it ends this connection, is logged, and is counted.
        catch (Exception e)
#pragma warning restore CA1031
        {
            bool isOfNetwork = e is SocketException or IOException or ObjectDisposedException or OperationCanceledException;
            var why = isOfNetwork ? ConnectionEnd.TransportFailed : ConnectionEnd.HandlerFailed;
            end = entry?.Ended ?? new ConnectionEndException(why, isOfNetwork ? e.Message : $"{e.GetType().Name}: {e.Message}");
        }
        finally
        {
            socket.Dispose();
            if (entry is not null) _parts.Connections.Remove(entry);
        }
        _parts.Metrics.ConnectionEnded(Name, end.End);
        _parts.Ends.Ended(end.End, client, Name, end.Message);
    }

    private async Task<ConnectionEndException> ServeAsync(Socket socket, IPEndPoint remote, ConnectionTable.Entry entry)
    {
        socket.NoDelay = true;
        TcpPeer.KeepAlive(socket);
        entry.BeginHandshake(socket);
        ITransport transport;
        try
        {
            transport = _certificate is null
                ? new SocketTransport(socket)
                : await TlsTransport.AcceptAsync(socket, _certificate.Options(_config.TlsVersions)).ConfigureAwait(false);
        }
        catch (AuthenticationException e)
        {
            return new ConnectionEndException(ConnectionEnd.TlsHandshakeFailed, TlsFailure.Explain(e));
        }
        catch (Exception e) when (_certificate is not null && e is IOException or ObjectDisposedException or SocketException)
        {
            return entry.Ended ?? new ConnectionEndException(ConnectionEnd.TlsHandshakeFailed, TlsFailure.Explain(e));
        }
        using var connection = new Connection(transport, Describe(transport, remote, entry.Id), _parts.Dispatcher, _parts.Limits, _parts.Memory);
        entry.Begin(connection);
        return await connection.RunAsync().ConfigureAwait(false);
    }

    private ConnectionState Describe(ITransport transport, IPEndPoint remote, long id) => new()
    {
        Id = id,
        Listener = Name,
        Remote = remote,
        Sasl = _sasl is null ? null : new SaslSession(_sasl, _parts.Time),
        // The name in TLS's SNI is what the client dialled; failing that, the address on which it arrived.
        Advertised = _config.Advertised ?? new(transport.DialledName ?? Unmapped(transport.Local).Address.ToString(), Port),
    };

    /// <summary>A socket for both kinds of addresses shows those of IPv4 as IPv6's; limits, groups and logs know them as they are.</summary>
    private static IPEndPoint Unmapped(IPEndPoint place) =>
        place.Address.IsIPv4MappedToIPv6 ? new IPEndPoint(place.Address.MapToIPv4(), place.Port) : place;
}
