using Moldau.Broker.Net;
using Moldau.Broker.Security;
using Moldau.Protocol;
using Moldau.Protocol.Messages;

namespace Moldau.Broker.Handlers.Security;

/// <summary>
/// SaslAuthenticate (key 36), v0-v2. Carries the tokens of a login. A refusal is answered (58) after a short delay, which slows down
/// guessing, and then the connection is closed.
/// </summary>
internal sealed class SaslAuthenticate : IHandler<SaslAuthenticateRequest, SaslAuthenticateResponse>
{
    public ValueTask<SaslAuthenticateResponse?> HandleAsync(RequestContext context, SaslAuthenticateRequest request)
    {
        if (context.Sasl is not { AwaitsToken: true } login) return new(Refuse(context, request, ErrorCode.IllegalSaslState));
        return AnswerAsync(context, login, login.StepAsync(request.AuthBytes, context.ConnectionClosed));
    }

    public SaslAuthenticateResponse Refuse(RequestContext context, SaslAuthenticateRequest request, ErrorCode error) => new()
    {
        ErrorCode = error,
        ErrorMessage = "SaslAuthenticate needs a SaslHandshake before it, on a listener with SASL.",
    };

    private static async ValueTask<SaslAuthenticateResponse?> AnswerAsync(RequestContext context, SaslSession login, ValueTask<SaslStep> stepping)
    {
        var step = await stepping.ConfigureAwait(false);
        if (step.Refusal is not { } why)
        {
            return new() { ErrorMessage = "", AuthBytes = step.Challenge, SessionLifetimeMs = step.User is null ? 0 : login.SessionMsMax };
        }
        context.EndAfterReply = new(ConnectionEnd.AuthenticationFailed, why);
        return new() { ErrorCode = ErrorCode.SaslAuthenticationFailed, ErrorMessage = why };
    }
}
