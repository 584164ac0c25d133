using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Runtime.CompilerServices;

namespace Moldau.Broker.Net;

/// <summary>A TCP connection under TLS.</summary>
internal sealed class TlsTransport : ITransport
{
    private readonly Socket _socket;
    private readonly SslStream _stream;

    private TlsTransport(Socket socket, SslStream stream)
    {
        _socket = socket;
        _stream = stream;
        Local = (IPEndPoint)socket.LocalEndPoint!;
        Remote = (IPEndPoint)socket.RemoteEndPoint!;
    }

    public IPEndPoint Local { get; }

    public IPEndPoint Remote { get; }

    // SslStream gives "" for a client that sent no name.
    public string? DialledName => _stream.TargetHostName is { Length: > 0 } name ? name : null;

    public bool HasPeerEnded => TcpPeer.HasEnded(_socket);

    /// <summary>Shakes hands; who bounds its time disposes the socket.</summary>
    public static async Task<TlsTransport> AcceptAsync(Socket socket, SslServerAuthenticationOptions options)
    {
        var stream = new SslStream(new NetworkStream(socket, ownsSocket: false), leaveInnerStreamOpen: false);
        try
        {
            await stream.AuthenticateAsServerAsync(options).ConfigureAwait(false);
            return new TlsTransport(socket, stream);
        }
        catch
        {
            await stream.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    public ValueTask<int> ReceiveAsync(Memory<byte> buffer) => _stream.ReadAsync(buffer);

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    public async ValueTask SendAsync(List<ReadOnlyMemory<byte>> segments)
    {
        foreach (var segment in segments) await _stream.WriteAsync(segment).ConfigureAwait(false);
    }

    public void StopReceiving()
    {
        try { _socket.Shutdown(SocketShutdown.Receive); }
        catch (SocketException) { /* The client was faster. */ }
        catch (ObjectDisposedException) { /* It was aborted. */ }
    }

    public void Abort() => _socket.Dispose();

    public void Dispose()
    {
        _stream.Dispose();
        _socket.Dispose();
    }
}
