using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;

namespace Moldau.Conformance.Dialogues;

/// <summary>The client's half of one SCRAM login (RFC 5802), written apart from the broker's.</summary>
internal sealed class ScramExchange
{
    private string _clientFirstBare = "";
    private string _serverFirst = "";
    private string _serverSignature = "";

    /// <summary>Takes note of a client-first message, if that is what the bytes are.</summary>
    public bool NoteClientFirst(byte[] bytes)
    {
        string text = Encoding.UTF8.GetString(bytes);
        if (!text.StartsWith("n,", StringComparison.Ordinal) || !text.Contains(",r=", StringComparison.Ordinal)) return false;
        _clientFirstBare = text.Split(',', 3)[2]; // Behind the GS2 header "n,[authzid],".
        return true;
    }

    /// <summary>Null when the bytes are a right server-first message with that many iterations, else what they are.</summary>
    public string? NoteServerFirst(byte[] bytes, string iterations)
    {
        string text = Encoding.UTF8.GetString(bytes);
        string clientNonce = _clientFirstBare[(_clientFirstBare.IndexOf(",r=", StringComparison.Ordinal) + 3)..];
        string expected = $"^r={Regex.Escape(clientNonce)}[\\x21-\\x2b\\x2d-\\x7e]{{8,}},s=[A-Za-z0-9+/=]{{8,}},i={iterations}$";
        if (!Regex.IsMatch(text, expected)) return $"server-first message is '{text}'";
        _serverFirst = text;
        return null;
    }

    /// <summary>The client-final message in base64; also remembers which signature the server must answer with.</summary>
    public string ClientFinal(string mechanism, string password)
    {
        var hash = mechanism switch
        {
            "SCRAM-SHA-256" => HashAlgorithmName.SHA256,
            "SCRAM-SHA-512" => HashAlgorithmName.SHA512,
            _ => throw new NotSupportedException($"SCRAM mechanism '{mechanism}'"),
        };
        var attributes = _serverFirst.Split(',').ToDictionary(part => part[0], part => part[2..]);
        string withoutProof = "c=biws,r=" + attributes['r'];
        byte[] authMessage = Encoding.UTF8.GetBytes($"{_clientFirstBare},{_serverFirst},{withoutProof}");
        byte[] salted = SaltedPassword(hash, password, Convert.FromBase64String(attributes['s']), int.Parse(attributes['i'], CultureInfo.InvariantCulture));

        byte[] clientKey = Hmac(hash, salted, "Client Key"u8);
        byte[] signature = Hmac(hash, CryptographicOperations.HashData(hash, clientKey), authMessage);
        byte[] proof = [.. clientKey.Zip(signature, (key, mask) => (byte)(key ^ mask))];
        _serverSignature = Convert.ToBase64String(Hmac(hash, Hmac(hash, salted, "Server Key"u8), authMessage));
        return Convert.ToBase64String(Encoding.UTF8.GetBytes($"{withoutProof},p={Convert.ToBase64String(proof)}"));
    }

    /// <summary>Null when the bytes carry the right server signature, else what they are.</summary>
    public string? CheckServerFinal(byte[] bytes)
    {
        string text = Encoding.UTF8.GetString(bytes);
        return text == "v=" + _serverSignature ? null : $"server signature is wrong: '{text}'";
    }

    public static byte[] SaltedPassword(HashAlgorithmName hash, string password, byte[] salt, int iterations) =>
        Rfc2898DeriveBytes.Pbkdf2(Encoding.UTF8.GetBytes(password), salt, iterations, hash, hash == HashAlgorithmName.SHA256 ? 32 : 64);

    private static byte[] Hmac(HashAlgorithmName hash, byte[] key, ReadOnlySpan<byte> data) => CryptographicOperations.HmacData(hash, key, data);
}
