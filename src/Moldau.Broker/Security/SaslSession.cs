using Moldau.Broker.Net;
using Moldau.Protocol;

namespace Moldau.Broker.Security;

/// <summary>What to do with a request, as far as its connection's login is concerned.</summary>
internal enum SaslAdmission
{
    Serve,

    /// <summary>The API's own empty answer, with <see cref="ErrorCode.IllegalSaslState"/> where it has room for it, then the end.</summary>
    RefuseAndClose,
}

/// <summary>
/// The login of one connection:
/// <code>
/// Start --handshake 1--> Wrapped --tokens in SaslAuthenticate--> LoggedIn --handshake, where sessions expire--> Wrapped
///       --handshake 0--> Bare    --tokens as frames-----------> LoggedIn
/// </code>
/// </summary>
internal sealed class SaslSession(SaslOffer offer, TimeProvider time)
{
    private enum Phase
    {
        Start,
        Wrapped,
        Bare,
        LoggedIn,
    }

    private const string MechanismMayNotChange = "A connection logs in again with the mechanism of its first login. Open a new one for another.";

    /// <summary>Whoever has an authenticated connection makes the broker compute no more often.</summary>
    private static readonly TimeSpan LoginsApartMin = TimeSpan.FromSeconds(1);

    private Phase _phase;
    private ISaslExchange? _exchange;
    private string _mechanism = "";
    private bool _knowsApiVersions;
    private long _loggedInAt;
    private long? _begunAgainAt;

    /// <summary>Who has logged in; kept while he logs in again.</summary>
    public KafkaPrincipal? Principal { get; private set; }

    public bool IsAuthenticated => Principal is not null;

    public bool AwaitsBareToken => _phase == Phase.Bare;

    public bool AwaitsToken => _phase is Phase.Wrapped or Phase.Bare;

    public IReadOnlyList<string> Mechanisms => offer.Mechanisms;

    /// <summary>How long a login by the chosen mechanism lasts; 0: as long as its connection.</summary>
    public long SessionMsMax => offer.SessionMsMax.GetValueOrDefault(_mechanism);

    /// <exception cref="ConnectionEndException">The request may not come now, and has no answer.</exception>
    public SaslAdmission Admit(ApiKey api)
    {
        switch (_phase)
        {
            case Phase.Start when api == ApiKey.SaslHandshake || (api == ApiKey.ApiVersions && !_knowsApiVersions):
                return SaslAdmission.Serve;
            case Phase.Start:
                throw new ConnectionEndException(ConnectionEnd.NotAuthenticated, $"it sent {api} before it logged in");
            case Phase.LoggedIn when IsExpired && api != ApiKey.SaslHandshake:
                throw new ConnectionEndException(ConnectionEnd.SessionExpired, $"it sent {api} after its login had expired");
            case Phase.LoggedIn:
                return SaslAdmission.Serve;
            default:
                return api == ApiKey.SaslAuthenticate ? SaslAdmission.Serve : SaslAdmission.RefuseAndClose;
        }
    }

    /// <summary>ApiVersions was answered, and not with an error: before the login it comes no second time.</summary>
    public void KnowsApiVersions() => _knowsApiVersions = true;

    /// <summary>
    /// Chooses the mechanism. A version 0 handshake is followed by bare tokens. Whoever logs in again with another mechanism than before is
    /// told so when he sends his token.
    /// </summary>
    public ErrorCode Handshake(string mechanism, short version)
    {
        // Without expiring sessions there is nothing that another login could be for.
        if (_phase == Phase.LoggedIn && (SessionMsMax <= 0 || HasJustBegunAgain)) return ErrorCode.IllegalSaslState;
        var exchange = offer.Begin(mechanism);
        if (exchange is null) return ErrorCode.UnsupportedSaslMechanism;
        _exchange = IsAuthenticated && mechanism != _mechanism ? new RefusedExchange(MechanismMayNotChange) : exchange;
        _mechanism = mechanism;
        if (IsAuthenticated) _begunAgainAt = time.GetTimestamp();
        _phase = version == 0 ? Phase.Bare : Phase.Wrapped;
        return ErrorCode.None;
    }

    /// <summary>What follows from the token, of which nothing is kept. A refusal comes after a delay, which slows down guessing.</summary>
    public ValueTask<SaslStep> StepAsync(ReadOnlySpan<byte> token, CancellationToken closed)
    {
        var step = _exchange!.Step(token);
        if (step.Check is null) step = Accept(step);
        return step is { Check: null, Refusal: null } ? new(step) : SettleAsync(step, closed);
    }

    private async ValueTask<SaslStep> SettleAsync(SaslStep step, CancellationToken closed)
    {
        if (step.Check is { } check) step = Accept(await offer.Passwords.RunAsync(check, closed).ConfigureAwait(false));
        if (step.Refusal is not null) await RefusalDelayAsync(closed).ConfigureAwait(false);
        return step;
    }

    /// <summary>Passes before a refusal is told, or when the connection has ended.</summary>
    public async Task RefusalDelayAsync(CancellationToken closed) =>
        await Task.Delay(offer.RefusalDelay, time, closed).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

    private SaslStep Accept(SaslStep step)
    {
        if (step.User is not { } user) return step;
        if (Principal is { } before && before.Name != user)
            return SaslStep.Refuse("The connection belongs to another user. Open a new one to log in as somebody else.");
        Principal = KafkaPrincipal.User(user);
        _exchange = null;
        _phase = Phase.LoggedIn;
        _loggedInAt = time.GetTimestamp();
        return step;
    }

    /// <summary>For the log, which may say more than the wire.</summary>
    public string Describe(string refusal) => $"{_mechanism} login: {refusal}";

    private bool HasJustBegunAgain => _begunAgainAt is { } begun && time.GetElapsedTime(begun) < LoginsApartMin;

    private bool IsExpired => SessionMsMax > 0 && time.GetElapsedTime(_loggedInAt).TotalMilliseconds > SessionMsMax;
}
