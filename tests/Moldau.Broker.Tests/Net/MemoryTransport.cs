using System.Net;
using System.Threading.Channels;
using Moldau.Broker.Net;

namespace Moldau.Broker.Tests.Net;

/// <summary>A connection without a socket: the test is the client.</summary>
internal sealed class MemoryTransport : ITransport
{
    private readonly Channel<byte[]> _toBroker = Channel.CreateUnbounded<byte[]>();
    private readonly Channel<byte[]> _toClient = Channel.CreateUnbounded<byte[]>();
    private ReadOnlyMemory<byte> _rest;
    private volatile bool _hasPeerEnded;

    public IPEndPoint Local { get; init; } = new(IPAddress.Loopback, 9092);

    public IPEndPoint Remote { get; init; } = new(IPAddress.Loopback, 50_000);

    public string? DialledName { get; init; }

    public bool HasPeerEnded => _hasPeerEnded;

    /// <summary>The largest buffer that was offered to receive into.</summary>
    public int LargestReceive { get; private set; }

    /// <summary>Until then the client does not read.</summary>
    public Task TakesAnswers { get; set; } = Task.CompletedTask;

    public void Send(params byte[] bytes) => _toBroker.Writer.TryWrite(bytes);

    /// <summary>As if the network had failed, for what the broker sends; what it receives goes on.</summary>
    public void RefuseSends() => _toClient.Writer.TryComplete();

    public void EndSending()
    {
        _hasPeerEnded = true;
        _toBroker.Writer.TryComplete();
    }

    /// <summary>The next piece that the broker sent; null when it has closed.</summary>
    public async Task<byte[]?> ReceiveAsync()
    {
        while (await _toClient.Reader.WaitToReadAsync())
        {
            if (_toClient.Reader.TryRead(out var sent)) return sent;
        }
        return null;
    }

    public async ValueTask<int> ReceiveAsync(Memory<byte> buffer)
    {
        LargestReceive = Math.Max(LargestReceive, buffer.Length);
        while (_rest.IsEmpty)
        {
            if (!await _toBroker.Reader.WaitToReadAsync()) return 0;
            if (_toBroker.Reader.TryRead(out var next)) _rest = next;
        }
        int count = Math.Min(buffer.Length, _rest.Length);
        _rest[..count].CopyTo(buffer);
        _rest = _rest[count..];
        return count;
    }

    public async ValueTask SendAsync(List<ReadOnlyMemory<byte>> segments)
    {
        await TakesAnswers;
        if (!_toClient.Writer.TryWrite([.. segments.SelectMany(segment => segment.ToArray())])) throw new IOException("closed");
    }

    public void StopReceiving() => EndSending();

    public void Abort()
    {
        _toBroker.Writer.TryComplete();
        _toClient.Writer.TryComplete();
    }

    public void Dispose() => Abort();
}
