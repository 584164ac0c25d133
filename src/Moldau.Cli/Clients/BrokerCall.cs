using System.Buffers.Binary;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using Moldau.Protocol;
using Moldau.Protocol.Messages;
using Moldau.Protocol.Wire;
using BrokerMetadata = Confluent.Kafka.BrokerMetadata;

namespace Moldau.Cli.Clients;

/// <summary>
/// A connection to one broker for the requests that the client library does not have. One request at a time; whatever goes wrong is an
/// <see cref="IOException"/>.
/// </summary>
internal sealed class BrokerCall : IDisposable
{
    private const int AnswerBytesMax = 64 * 1024 * 1024;
    private const short HandshakeVersion = 1, AuthenticateVersion = 1;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly TcpClient _tcp;
    private readonly CancellationToken _stop;
    private Stream _stream;
    private int _correlationId;

    private BrokerCall(TcpClient tcp, CancellationToken stop) => (_tcp, _stream, _stop) = (tcp, tcp.GetStream(), stop);

    public static Task<BrokerCall> ConnectAsync(Connection connection, BrokerMetadata broker, CancellationToken stop) =>
        ConnectAsync(connection, broker.Host, broker.Port, stop);

    /// <summary>Connects and logs in, as the connection says.</summary>
    public static async Task<BrokerCall> ConnectAsync(Connection connection, string host, int port, CancellationToken stop)
    {
        var tcp = new TcpClient { NoDelay = true };
        try
        {
            await Bounded(token => tcp.ConnectAsync(host, port, token).AsTask(), stop).ConfigureAwait(false);
            var call = new BrokerCall(tcp, stop);
            if (connection.UserName is not null)
            {
                await Bounded(token => call.BeginTlsAsync(host, connection.CaPath, token), stop).ConfigureAwait(false);
                await call.LogInAsync(new ScramLogin(connection.UserName, connection.Password ?? "")).ConfigureAwait(false);
            }

            return call;
        }
        catch (Exception e)
        {
            tcp.Dispose();
            throw e is SocketException or System.Security.Authentication.AuthenticationException ? new IOException(e.Message, e) : e;
        }
    }

    public async Task<TResponse> AskAsync<TRequest, TResponse>(TRequest request, short version)
        where TRequest : IRequest<TRequest>
        where TResponse : IMessage<TResponse>
    {
        byte[] frame = Frame(request, version, ++_correlationId);
        byte[] answer = [];
        await Bounded(
            async token =>
            {
                await _stream.WriteAsync(frame, token).ConfigureAwait(false);
                answer = await ReceiveAsync(token).ConfigureAwait(false);
            },
            _stop).ConfigureAwait(false);
        return Read<TResponse>(answer, version, hasTags: TRequest.ApiKey != ApiKey.ApiVersions && TResponse.IsFlexible(version));
    }

    /// <summary>The highest version of a request that the broker knows, if not above the given one.</summary>
    public async Task<short> NewestAsync<TRequest>(short most) where TRequest : IRequest<TRequest>
    {
        var known = await AskAsync<ApiVersionsRequest, ApiVersionsResponse>(new ApiVersionsRequest(), version: 0).ConfigureAwait(false);
        var api = known.ApiKeys.Find(api => api.ApiKey == (short)TRequest.ApiKey)
            ?? throw new IOException($"it knows no {TRequest.ApiKey}");
        return Math.Min(most, api.MaxVersion);
    }

    public void Dispose()
    {
        _stream.Dispose();
        _tcp.Dispose();
    }

    /// <summary>The header of an answer to ApiVersions never has tagged fields: a client asks before it knows what the broker understands.</summary>
    private static TResponse Read<TResponse>(byte[] answer, short version, bool hasTags) where TResponse : IMessage<TResponse>
    {
        try
        {
            var reader = new WireReader(answer);
            reader.ReadInt32();
            // The header's tagged fields; nobody sends any.
            if (hasTags)
            {
                reader.ReadUnsignedVarint();
            }

            return TResponse.Read(ref reader, version);
        }
        catch (MalformedMessageException e)
        {
            throw new IOException(e.Message, e);
        }
    }

    private static byte[] Frame<TRequest>(TRequest request, short version, int correlationId) where TRequest : IRequest<TRequest>
    {
        using var writer = new WireWriter();
        writer.WriteInt32(0);
        writer.WriteInt16((short)TRequest.ApiKey);
        writer.WriteInt16(version);
        writer.WriteInt32(correlationId);
        writer.WriteString("moldau", compact: false);
        if (TRequest.IsFlexible(version))
        {
            writer.WriteUnsignedVarint(0);
        }

        request.Write(writer, version);
        writer.PatchInt32(0, writer.Length - sizeof(int));
        var segments = new List<ReadOnlyMemory<byte>>();
        writer.AppendSegments(segments);
        return [.. segments.SelectMany(segment => segment.ToArray())];
    }

    private static async Task Bounded(Func<CancellationToken, Task> work, CancellationToken stop)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(stop);
        limit.CancelAfter(Patience);
        try
        {
            await work(limit.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            throw new IOException($"there was no answer within {Patience.TotalSeconds} seconds");
        }
    }

    private async Task BeginTlsAsync(string host, string? caPath, CancellationToken stop)
    {
        var options = new SslClientAuthenticationOptions { TargetHost = host };
        if (caPath is not null)
        {
            options.CertificateChainPolicy = new X509ChainPolicy
            {
                TrustMode = X509ChainTrustMode.CustomRootTrust,
                RevocationMode = X509RevocationMode.NoCheck,
            };
            options.CertificateChainPolicy.CustomTrustStore.ImportFromPemFile(caPath);
        }

        var tls = new SslStream(_stream);
        _stream = tls;
        await tls.AuthenticateAsClientAsync(options, stop).ConfigureAwait(false);
    }

    private async Task LogInAsync(ScramLogin login)
    {
        var handshake = new SaslHandshakeRequest { Mechanism = ScramLogin.Mechanism };
        var known = await AskAsync<SaslHandshakeRequest, SaslHandshakeResponse>(handshake, HandshakeVersion).ConfigureAwait(false);
        ThrowOnError(known.ErrorCode, "does not take the login's mechanism");
        byte[] challenge = await StepAsync(login.First()).ConfigureAwait(false);
        login.Verify(await StepAsync(login.Final(challenge)).ConfigureAwait(false));
    }

    private async Task<byte[]> StepAsync(byte[] bytes)
    {
        var request = new SaslAuthenticateRequest { AuthBytes = bytes };
        var answer = await AskAsync<SaslAuthenticateRequest, SaslAuthenticateResponse>(request, AuthenticateVersion).ConfigureAwait(false);
        ThrowOnError(answer.ErrorCode, "refuses the login");
        return answer.AuthBytes;
    }

    private static void ThrowOnError(ErrorCode error, string what)
    {
        if (error != ErrorCode.None)
        {
            throw new IOException($"the broker {what} ({error})");
        }
    }

    private async Task<byte[]> ReceiveAsync(CancellationToken stop)
    {
        try
        {
            return await ReceiveFrameAsync(stop).ConfigureAwait(false);
        }
        catch (EndOfStreamException e)
        {
            throw new IOException("it closed the connection", e);
        }
    }

    private async Task<byte[]> ReceiveFrameAsync(CancellationToken stop)
    {
        byte[] size = new byte[sizeof(int)];
        await _stream.ReadExactlyAsync(size, stop).ConfigureAwait(false);
        int length = BinaryPrimitives.ReadInt32BigEndian(size);
        if (length > AnswerBytesMax)
        {
            throw new AnswerTooLargeException(length, AnswerBytesMax);
        }

        if (length < sizeof(int))
        {
            throw new IOException($"the answer announces {length} bytes");
        }

        byte[] answer = new byte[length];
        await _stream.ReadExactlyAsync(answer, stop).ConfigureAwait(false);
        return answer;
    }
}
