using Moldau.Coordination.Metadata;

namespace Moldau.Broker.Security;

/// <summary>The server's side of one login, by one mechanism.</summary>
internal interface ISaslExchange
{
    SaslStep Step(ReadOnlySpan<byte> token);
}

/// <summary>What follows from a client's token: a challenge, the end with a user, a refusal, or what must be computed first.</summary>
internal readonly record struct SaslStep
{
    public byte[] Challenge { get; private init; }

    /// <summary>The user who has logged in; null while the exchange goes on.</summary>
    public string? User { get; private init; }

    /// <summary>Why not, in words that may go to the client: they never tell which half of the login was wrong.</summary>
    public string? Refusal { get; private init; }

    /// <summary>What the step depends on, where that is dear to compute; it gives the step.</summary>
    public Func<SaslStep>? Check { get; private init; }

    public static SaslStep Continue(byte[] challenge) => new() { Challenge = challenge };

    public static SaslStep Done(string user, byte[] challenge) => new() { Challenge = challenge, User = user };

    public static SaslStep Refuse(string why) => new() { Challenge = [], Refusal = why };

    public static SaslStep After(Func<SaslStep> check) => new() { Challenge = [], Check = check };
}

/// <summary>A login that is over before its first token.</summary>
internal sealed class RefusedExchange(string why) : ISaslExchange
{
    public SaslStep Step(ReadOnlySpan<byte> token) => SaslStep.Refuse(why);
}

/// <summary>What a listener offers for logging in.</summary>
internal sealed class SaslOffer
{
    /// <summary>The mechanisms in the order of <c>sasl.enabled.mechanisms</c>.</summary>
    public required IReadOnlyList<string> Mechanisms { get; init; }

    public required IScramCredentials Scram { get; init; }

    /// <summary>PLAIN users of the configuration, with their passwords.</summary>
    public IReadOnlyDictionary<string, string> PlainUsers { get; init; } = new Dictionary<string, string>();

    public required PasswordChecks Passwords { get; init; }

    /// <summary><c>connection.failed.authentication.delay.ms</c></summary>
    public TimeSpan RefusalDelay { get; init; }

    /// <summary><c>connections.max.reauth.ms</c> by mechanism; 0, or none: a login lasts as long as its connection.</summary>
    public IReadOnlyDictionary<string, long> SessionMsMax { get; init; } = new Dictionary<string, long>();

    /// <summary>The server's side of a login; null where the mechanism is not offered.</summary>
    public ISaslExchange? Begin(string mechanism)
    {
        if (!Mechanisms.Contains(mechanism)) return null;
        return mechanism switch
        {
            "PLAIN" => new PlainExchange(PlainUsers, Scram),
            "SCRAM-SHA-256" => new ScramExchange(ScramMechanism.Sha256, Scram),
            "SCRAM-SHA-512" => new ScramExchange(ScramMechanism.Sha512, Scram),
            _ => null,
        };
    }
}
