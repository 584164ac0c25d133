using System.Buffers.Binary;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using Moldau.Protocol;
using Moldau.Protocol.Wire;

namespace Moldau.Broker.Tests;

/// <summary>A client that speaks the protocol by hand, one request at a time, or any bytes.</summary>
internal sealed class WireClient : IDisposable
{
    private readonly TcpClient _tcp;
    private Stream _stream;
    private int _correlationId;

    public WireClient(string address)
    {
        int colon = address.LastIndexOf(':');
        _tcp = new TcpClient(address[..colon], int.Parse(address.AsSpan(colon + 1))) { NoDelay = true };
        _stream = _tcp.GetStream();
    }

    public static WireClient To(KafkaBroker broker) => new(broker.BootstrapServers);

    /// <summary>
    /// Begins TLS, as a client that dialled the name and trusts the authority alone. An address is no name: nothing is said of it then.
    /// </summary>
    public async Task BeginTlsAsync(string dialled, string caPath)
    {
        var tls = new SslStream(_stream);
        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        policy.CustomTrustStore.Add(X509CertificateLoader.LoadCertificateFromFile(caPath));
        await tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions { TargetHost = dialled, CertificateChainPolicy = policy });
        _stream = tls;
    }

    public Task SendRawAsync(params byte[] bytes) => _stream.WriteAsync(bytes).AsTask();

    public Task SendAsync<TRequest>(TRequest request, short version) where TRequest : IRequest<TRequest> =>
        SendRawAsync(Frame(request, version, ++_correlationId));

    public async Task<TResponse> ReceiveAsync<TRequest, TResponse>(short version)
        where TRequest : IRequest<TRequest>
        where TResponse : IMessage<TResponse>
    {
        byte[] frame = await ReceiveFrameAsync() ?? throw new IOException("The broker has closed the connection.");
        var reader = new WireReader(frame);
        reader.ReadInt32();
        if (TResponse.IsFlexible(version) && TRequest.ApiKey != ApiKey.ApiVersions) reader.ReadUnsignedVarint();
        return TResponse.Read(ref reader, version);
    }

    public async Task<TResponse> AskAsync<TRequest, TResponse>(TRequest request, short version)
        where TRequest : IRequest<TRequest>
        where TResponse : IMessage<TResponse>
    {
        await SendAsync(request, version);
        return await ReceiveAsync<TRequest, TResponse>(version);
    }

    /// <summary>Null when the broker has closed the connection, however it did so.</summary>
    public async Task<byte[]?> ReceiveFrameAsync()
    {
        try
        {
            byte[] size = new byte[4];
            await _stream.ReadExactlyAsync(size);
            byte[] frame = new byte[BinaryPrimitives.ReadInt32BigEndian(size)];
            await _stream.ReadExactlyAsync(frame);
            return frame;
        }
        catch (IOException)
        {
            return null;
        }
    }

    public void Dispose() => _tcp.Dispose();

    public static byte[] Frame<TRequest>(TRequest request, short version, int correlationId) where TRequest : IRequest<TRequest>
    {
        using var writer = new WireWriter();
        writer.WriteInt32(0);
        writer.WriteInt16((short)TRequest.ApiKey);
        writer.WriteInt16(version);
        writer.WriteInt32(correlationId);
        writer.WriteString("test", compact: false);
        if (TRequest.IsFlexible(version)) writer.WriteUnsignedVarint(0);
        request.Write(writer, version);
        writer.PatchInt32(0, writer.Length - 4);
        var segments = new List<ReadOnlyMemory<byte>>();
        writer.AppendSegments(segments);
        return [.. segments.SelectMany(segment => segment.ToArray())];
    }
}
