using System.Security.Cryptography;
using System.Text;
using Moldau.Coordination.Metadata;

namespace Moldau.Broker.Security;

/// <summary>
/// PLAIN (RFC 4616): <c>[authorization id] NUL user NUL password</c>. Users of the configuration come first; everyone else may use the
/// password of his SCRAM credential, so that a user needs to be made once only.
/// </summary>
internal sealed class PlainExchange(IReadOnlyDictionary<string, string> users, IScramCredentials credentials) : ISaslExchange
{
    private const string Refusal = "The login with PLAIN was refused: user and password do not fit. Check both.";

    /// <summary>No key is empty, so no password fits it.</summary>
    private static readonly ScramCredential Nobody = new(new byte[Scram.SaltBytes], [], [], Scram.IterationsDefault);

    public SaslStep Step(ReadOnlySpan<byte> token)
    {
        string[] parts = Encoding.UTF8.GetString(token).Split('\0');
        if (parts.Length != 3) return SaslStep.Refuse($"A PLAIN login has three parts, divided by NUL; this one has {parts.Length}.");
        var (authorizationId, user, password) = (parts[0], parts[1], parts[2]);
        if (user.Length == 0) return SaslStep.Refuse("The PLAIN login names no user.");
        if (password.Length == 0) return SaslStep.Refuse("The PLAIN login has no password.");
        return IsConfigured(user, password)
            ? Accept(authorizationId, user)
            : SaslStep.After(() => KeysFit(user, password) ? Accept(authorizationId, user) : SaslStep.Refuse(Refusal));
    }

    private static SaslStep Accept(string authorizationId, string user) =>
        authorizationId.Length > 0 && authorizationId != user
            ? SaslStep.Refuse("The login names an authorization id that is not its user. Leave it out: nobody may act for another.")
            : SaslStep.Done(user, []);

    private bool IsConfigured(string user, string password) =>
        users.TryGetValue(user, out string? expected)
        && CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(password), Encoding.UTF8.GetBytes(expected));

    /// <summary>Every refusal derives the same keys: how long it takes must not tell who exists, and where.</summary>
    private bool KeysFit(string user, string password)
    {
        bool isConfigured = users.ContainsKey(user);
        bool fits = false;
        foreach (var mechanism in (ReadOnlySpan<ScramMechanism>)[ScramMechanism.Sha256, ScramMechanism.Sha512])
        {
            var credential = isConfigured ? null : credentials.Find(mechanism, user);
            fits |= Scram.PasswordFits(mechanism, credential ?? Nobody, password);
        }
        return fits;
    }
}
