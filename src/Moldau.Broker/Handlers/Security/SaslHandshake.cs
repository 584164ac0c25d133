using Moldau.Broker.Net;
using Moldau.Protocol;
using Moldau.Protocol.Messages;

namespace Moldau.Broker.Handlers.Security;

/// <summary>
/// SaslHandshake (key 17), v0-v1. Chooses the mechanism; names the enabled ones, also when it succeeds. After v0 the tokens come bare,
/// after v1 in SaslAuthenticate.
/// </summary>
internal sealed class SaslHandshake : IHandler<SaslHandshakeRequest, SaslHandshakeResponse>
{
    public async ValueTask<SaslHandshakeResponse?> HandleAsync(RequestContext context, SaslHandshakeRequest request)
    {
        if (context.Sasl is not { } login) return Refuse(context, request, ErrorCode.IllegalSaslState);
        var error = login.Handshake(request.Mechanism, context.Version);
        if (error == ErrorCode.IllegalSaslState) return Refuse(context, request, error);
        if (error != ErrorCode.None)
        {
            string why = $"it asked for the mechanism {request.Mechanism}; enabled are {string.Join(", ", login.Mechanisms)}";
            context.EndAfterReply = new(ConnectionEnd.AuthenticationFailed, why);
            await login.RefusalDelayAsync(context.ConnectionClosed).ConfigureAwait(false);
        }
        return new SaslHandshakeResponse { ErrorCode = error, Mechanisms = [.. login.Mechanisms] };
    }

    public SaslHandshakeResponse Refuse(RequestContext context, SaslHandshakeRequest request, ErrorCode error) =>
        new() { ErrorCode = error };
}
