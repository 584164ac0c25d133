using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Moldau.Coordination.Metadata;

namespace Moldau.Broker.Security;

/// <summary>
/// The server's side of SCRAM (RFC 5802, RFC 7677). Every refusal has the same words. As in Kafka an unknown user is refused at the first
/// message already, and a wrong password at the second, so the words keep no secret of which users exist.
/// </summary>
internal sealed class ScramExchange(ScramMechanism mechanism, IScramCredentials credentials, Func<string>? nonces = null) : ISaslExchange
{
    // 24 random bytes are 32 characters of base64, none of which is a comma.
    private const int NonceBytes = 24;

    private ScramClientFirst? _first;
    private ScramCredential? _credential;
    private string _serverFirst = "";
    private string _nonce = "";

    public SaslStep Step(ReadOnlySpan<byte> token)
    {
        string text = Encoding.UTF8.GetString(token);
        return _first is null ? First(text) : Final(text);
    }

    private SaslStep First(string text)
    {
        if (!ScramClientFirst.TryParse(text, out _first)) return Refused();
        if (_first.AuthorizationId is { } other && other != _first.User)
            return SaslStep.Refuse("The login names an authorization id that is not its user. Leave it out: nobody may act for another.");
        _credential = credentials.Find(mechanism, _first.User);
        if (_credential is null) return Refused();
        _nonce = _first.Nonce + (nonces?.Invoke() ?? Convert.ToBase64String(RandomNumberGenerator.GetBytes(NonceBytes)));
        _serverFirst = string.Create(CultureInfo.InvariantCulture,
            $"r={_nonce},s={Convert.ToBase64String(_credential.Salt)},i={_credential.Iterations}");
        return SaslStep.Continue(Encoding.UTF8.GetBytes(_serverFirst));
    }

    private SaslStep Final(string text)
    {
        if (_credential is null || !ScramClientFinal.TryParse(text, out var final)) return Refused();
        // Without the server's fresh half a recorded login could be played back. The whole nonce may stand behind something else:
        // librdkafka before 2.6.1 says its own half twice. Kafka 4 refuses that, yet nothing is lost by it: the proof covers whatever is there.
        if (!final.Nonce.EndsWith(_nonce, StringComparison.Ordinal)) return Refused();
        byte[] authMessage = Encoding.UTF8.GetBytes($"{_first!.Bare},{_serverFirst},{final.WithoutProof}");
        if (!Scram.ProofFits(mechanism, _credential, authMessage, final.Proof)) return Refused();
        byte[] signature = Scram.Mac(mechanism, _credential.ServerKey, authMessage);
        return SaslStep.Done(_first.User, Encoding.UTF8.GetBytes($"v={Convert.ToBase64String(signature)}"));
    }

    private SaslStep Refused() => SaslStep.Refuse(
        $"The login with SCRAM-SHA-{(mechanism == ScramMechanism.Sha512 ? "512" : "256")} was refused: user and password do not fit. " +
        "Check both, and that the user exists for this mechanism.");
}
