using Moldau.Broker.Security;
using Moldau.Protocol;
using Moldau.Protocol.Messages;
using Moldau.Protocol.Wire;

namespace Moldau.Broker.Net;

/// <summary>From a frame to a started request: header, API table, version, login, handler.</summary>
internal sealed class Dispatcher(IEndpoint?[] endpoints)
{
    // A request of more takes so much memory until it is answered that a connection may have one of them at a time.
    private const int OverlappingElementsMax = 1_000;

    /// <summary>Runs the ordered stage of the request in the frame. The frame may be reused when this returns.</summary>
    /// <exception cref="ConnectionEndException">The frame cannot be answered.</exception>
    public (Reply Reply, ApiOrder Order) Start(
        ConnectionState connection, RequestHeadReader heads, ReadOnlyMemory<byte> frame, CancellationToken closed)
    {
        if (connection.Sasl is { AwaitsBareToken: true } bare) return (StartBareToken(connection, bare, frame, closed), ApiOrder.Serial);
        var reader = new WireReader(frame);
        var head = heads.Read(ref reader);
        var endpoint = Find(head);
        if (endpoint is null) return (RefuseApiVersions(connection, head, ref reader), ApiOrder.Serial);
        if (endpoint.Api.IsRequestFlexible(head.Version)) RequestHeadReader.SkipTags(ref reader);
        reader.ElementsLeft = endpoint.Api.ElementsMax;
        var context = Describe(connection, head, endpoint.Api, closed);
        var admission = connection.Sasl?.Admit(endpoint.Api.Key) ?? SaslAdmission.Serve;
        if (admission == SaslAdmission.RefuseAndClose)
        {
            return (RefuseAmidLogin(context, endpoint.Refuse(context, ref reader, ErrorCode.IllegalSaslState)), ApiOrder.Serial);
        }
        var reply = new Reply(context, endpoint.InvokeAsync(context, ref reader));
        bool isLarge = endpoint.Api.ElementsMax - reader.ElementsLeft > OverlappingElementsMax;
        return (reply, isLarge ? ApiOrder.Serial : endpoint.Api.Order);
    }

    /// <summary>
    /// The endpoint for the version; null for ApiVersions at a version that is not served, which has an answer all the same.
    /// </summary>
    private IEndpoint? Find(RequestHead head)
    {
        var endpoint = (uint)head.ApiKey < (uint)endpoints.Length ? endpoints[head.ApiKey] : null;
        if (endpoint is null)
        {
            throw new ConnectionEndException(ConnectionEnd.UnknownApi, $"it asked for API {head.ApiKey}, which is not served");
        }
        if (endpoint.Api.Serves(head.Version)) return endpoint;
        if (endpoint.Api.Key == ApiKey.ApiVersions) return null;
        throw new ConnectionEndException(ConnectionEnd.UnsupportedVersion,
            $"it asked for {endpoint.Api.Key} version {head.Version}, {endpoint.Api.Min} to {endpoint.Api.Max} are served");
    }

    private static RequestContext Describe(ConnectionState connection, RequestHead head, Api api, CancellationToken closed) => new()
    {
        Api = api.Key,
        Version = head.Version,
        CorrelationId = head.CorrelationId,
        ClientId = head.ClientId,
        Principal = connection.Principal,
        Listener = connection.Listener,
        ClientAddress = connection.ClientAddress,
        Advertised = connection.Advertised,
        ConnectionClosed = closed,
        Sasl = connection.Sasl,
        ResponseHeader = HeaderOf(api, head.Version),
    };

    private static ResponseHeaderForm HeaderOf(Api api, short version) =>
        api.Key != ApiKey.ApiVersions && api.IsResponseFlexible(version) ? ResponseHeaderForm.Tagged : ResponseHeaderForm.Plain;

    // KIP-511: the answer has the shape of version 0, which every client reads, and names the versions that would work.
    // A version that is too new counts as flexible; a negative one has the old header.
    private static Reply RefuseApiVersions(ConnectionState connection, RequestHead head, ref WireReader reader)
    {
        if (head.Version > 0) RequestHeadReader.SkipTags(ref reader);
        var context = new RequestContext
        {
            Api = ApiKey.ApiVersions,
            Version = 0,
            CorrelationId = head.CorrelationId,
            ClientId = head.ClientId,
        };
        if (connection.Sasl?.Admit(ApiKey.ApiVersions) == SaslAdmission.RefuseAndClose)
            return RefuseAmidLogin(context, new ApiVersionsResponse { ErrorCode = ErrorCode.IllegalSaslState });
        return new Reply(context, new ValueTask<IMessage?>(Handlers.Cluster.ApiVersions.Unsupported()));
    }

    private static Reply RefuseAmidLogin(RequestContext context, IMessage? answer)
    {
        var end = new ConnectionEndException(ConnectionEnd.NotAuthenticated, $"it sent {context.Api} in the middle of its login");
        if (answer is null) throw end;
        context.EndAfterReply = end;
        return new Reply(context, new ValueTask<IMessage?>(answer));
    }

    private static Reply StartBareToken(ConnectionState connection, SaslSession sasl, ReadOnlyMemory<byte> token, CancellationToken closed)
    {
        var context = new RequestContext
        {
            Api = ApiKey.SaslAuthenticate,
            Version = 0,
            Listener = connection.Listener,
            ConnectionClosed = closed,
            ResponseHeader = ResponseHeaderForm.None,
        };
        return new Reply(context, AnswerAsync(sasl.StepAsync(token.Span, closed)));
    }

    /// <summary>A bare token has no form for a refusal: the connection is closed.</summary>
    private static async ValueTask<IMessage?> AnswerAsync(ValueTask<SaslStep> stepping)
    {
        var step = await stepping.ConfigureAwait(false);
        if (step.Refusal is { } why) throw new ConnectionEndException(ConnectionEnd.AuthenticationFailed, why);
        return new BareToken(step.Challenge);
    }
}

/// <summary>The answer to a token that came after a version 0 handshake: bytes without a schema.</summary>
internal sealed class BareToken(byte[] bytes) : IMessage
{
    public void Write(WireWriter writer, short version) => writer.WriteRaw(bytes);
}
