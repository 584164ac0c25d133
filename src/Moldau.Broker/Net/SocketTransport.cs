using System.Net;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Moldau.Broker.Net;

/// <summary>A plain TCP connection.</summary>
internal sealed class SocketTransport(Socket socket) : ITransport
{
    private readonly List<ArraySegment<byte>> _gathered = [];

    public IPEndPoint Local { get; } = (IPEndPoint)socket.LocalEndPoint!;

    public IPEndPoint Remote { get; } = (IPEndPoint)socket.RemoteEndPoint!;

    public string? DialledName => null;

    public bool HasPeerEnded => TcpPeer.HasEnded(socket);

    public ValueTask<int> ReceiveAsync(Memory<byte> buffer) => socket.ReceiveAsync(buffer, SocketFlags.None);

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    public async ValueTask SendAsync(List<ReadOnlyMemory<byte>> segments)
    {
        if (segments.Count == 1 || !TryGather(segments))
        {
            foreach (var segment in segments) await SendOneAsync(segment).ConfigureAwait(false);
            return;
        }
        while (_gathered.Count > 0)
        {
            int sent = await socket.SendAsync(_gathered, SocketFlags.None).ConfigureAwait(false);
            DropSent(sent);
        }
    }

    public void StopReceiving() => Shutdown(SocketShutdown.Receive);

    public void Abort() => socket.Dispose();

    public void Dispose()
    {
        Shutdown(SocketShutdown.Send);
        socket.Dispose();
    }

    private void Shutdown(SocketShutdown how)
    {
        try { socket.Shutdown(how); }
        catch (SocketException) { /* The client was faster. */ }
        catch (ObjectDisposedException) { /* It was aborted. */ }
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask SendOneAsync(ReadOnlyMemory<byte> segment)
    {
        while (segment.Length > 0)
        {
            int sent = await socket.SendAsync(segment, SocketFlags.None).ConfigureAwait(false);
            segment = segment[sent..];
        }
    }

    private bool TryGather(List<ReadOnlyMemory<byte>> segments)
    {
        _gathered.Clear();
        foreach (var segment in segments)
        {
            if (!MemoryMarshal.TryGetArray(segment, out var array)) return false;
            _gathered.Add(array);
        }
        return true;
    }

    private void DropSent(int sent)
    {
        int whole = 0;
        while (whole < _gathered.Count && sent >= _gathered[whole].Count) sent -= _gathered[whole++].Count;
        _gathered.RemoveRange(0, whole);
        if (sent > 0) _gathered[0] = _gathered[0].Slice(sent);
    }
}
