using System.Net;

namespace Moldau.Broker.Net;

/// <summary>The bytes of one connection. One reader and one writer at a time.</summary>
internal interface ITransport : IDisposable
{
    IPEndPoint Local { get; }

    IPEndPoint Remote { get; }

    /// <summary>The host name that the client dialled, where the transport knows it (TLS's SNI).</summary>
    string? DialledName { get; }

    /// <summary>Whether the client has ended its side, also where what it sent before is not received yet. May be asked from any thread.</summary>
    bool HasPeerEnded { get; }

    /// <summary>Receives what is there; 0 at the end of the stream.</summary>
    ValueTask<int> ReceiveAsync(Memory<byte> buffer);

    /// <summary>Sends all segments, in order, as one piece where the transport can.</summary>
    ValueTask SendAsync(List<ReadOnlyMemory<byte>> segments);

    /// <summary>Ends a pending receive as if the client had ended its stream; what is being sent goes on.</summary>
    void StopReceiving();

    /// <summary>Ends a pending receive and send. May be called from any thread, more than once.</summary>
    void Abort();
}
