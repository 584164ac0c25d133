using Moldau.Broker.Net;
using Moldau.Protocol;
using Moldau.Protocol.Messages;

namespace Moldau.Broker.Handlers.Security;

/// <summary>
/// SaslAuthenticate (key 36), v0-v2. Carries the tokens of a login. A refusal is answered (58) after a short delay, which slows down
/// guessing, and then the connection is closed.
/// </summary>
internal sealed class SaslAuthenticate(ConnectionLimits limits, TimeProvider time)
    : IHandler<SaslAuthenticateRequest, SaslAuthenticateResponse>
{
    public async ValueTask<SaslAuthenticateResponse?> HandleAsync(RequestContext context, SaslAuthenticateRequest request)
    {
        if (context.Sasl is not { AwaitsToken: true } login) return Refuse(context, request, ErrorCode.IllegalSaslState);
        var step = login.Step(request.AuthBytes);
        if (step.Refusal is not { } why)
        {
            return new() { ErrorMessage = "", AuthBytes = step.Challenge, SessionLifetimeMs = step.User is null ? 0 : login.SessionMsMax };
        }
        var delay = TimeSpan.FromMilliseconds(limits.FailedAuthenticationDelayMs);
        await Task.Delay(delay, time, context.ConnectionClosed).ConfigureAwait(false);
        context.EndAfterReply = new(ConnectionEnd.AuthenticationFailed, why);
        return new() { ErrorCode = ErrorCode.SaslAuthenticationFailed, ErrorMessage = why };
    }

    public SaslAuthenticateResponse Refuse(RequestContext context, SaslAuthenticateRequest request, ErrorCode error) => new()
    {
        ErrorCode = error,
        ErrorMessage = "SaslAuthenticate needs a SaslHandshake before it, on a listener with SASL.",
    };
}
