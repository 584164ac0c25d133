using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Moldau.Coordination.Metadata;

namespace Moldau.Cli.Clients;

/// <summary>The client's half of one login with SCRAM-SHA-256 (RFC 5802).</summary>
internal sealed class ScramLogin(string user, string password)
{
    public const string Mechanism = "SCRAM-SHA-256";

    private const string NoChannelBinding = "n,,", NoChannelBindingInBase64 = "biws";
    private const int NonceBytes = 24, IterationsMax = 1_000_000;

    private readonly string _nonce = Convert.ToBase64String(RandomNumberGenerator.GetBytes(NonceBytes)).Replace(',', '.');
    private byte[] _serverSignature = [];

    private string FirstBare => $"n={user.Replace("=", "=3D", StringComparison.Ordinal).Replace(",", "=2C", StringComparison.Ordinal)},r={_nonce}";

    public byte[] First() => Encoding.UTF8.GetBytes(NoChannelBinding + FirstBare);

    /// <summary>The proof that the password is known, for the server's salt and number of rounds.</summary>
    public byte[] Final(byte[] challenge)
    {
        string text = Encoding.UTF8.GetString(challenge);
        string[] parts = text.Split(',');
        if (parts is not [['r', '=', .. var nonce], ['s', '=', .. var salt], ['i', '=', .. var rounds], ..]
            || !nonce.StartsWith(_nonce, StringComparison.Ordinal)
            || !int.TryParse(rounds, NumberStyles.None, CultureInfo.InvariantCulture, out int iterations)
            || iterations is < 1 or > IterationsMax)
        {
            throw new IOException("the broker's challenge is none of SCRAM");
        }

        byte[] salted = Scram.SaltedPassword(ScramMechanism.Sha256, password, Bytes(salt), iterations);
        var credential = Scram.Credential(ScramMechanism.Sha256, salted, [], iterations);
        string withoutProof = $"c={NoChannelBindingInBase64},r={nonce}";
        byte[] conversation = Encoding.UTF8.GetBytes($"{FirstBare},{text},{withoutProof}");
        _serverSignature = Scram.Mac(ScramMechanism.Sha256, credential.ServerKey, conversation);
        byte[] proof = Scram.Mac(ScramMechanism.Sha256, salted, "Client Key"u8);
        byte[] signature = Scram.Mac(ScramMechanism.Sha256, credential.StoredKey, conversation);
        for (int i = 0; i < proof.Length; i++)
        {
            proof[i] ^= signature[i];
        }

        return Encoding.UTF8.GetBytes($"{withoutProof},p={Convert.ToBase64String(proof)}");
    }

    /// <summary>Whether the server knows the password too.</summary>
    public void Verify(byte[] answer)
    {
        string[] parts = Encoding.UTF8.GetString(answer).Split(',');
        if (parts is not [['v', '=', .. var signature], ..] || !CryptographicOperations.FixedTimeEquals(Bytes(signature), _serverSignature))
        {
            throw new IOException("the broker did not prove that it knows the user");
        }
    }

    private static byte[] Bytes(string base64)
    {
        byte[] bytes = new byte[base64.Length];
        return Convert.TryFromBase64String(base64, bytes, out int written) ? bytes[..written] : throw new IOException("the broker's challenge is none of SCRAM");
    }
}
