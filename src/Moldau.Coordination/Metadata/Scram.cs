using System.Security.Cryptography;
using System.Text;

namespace Moldau.Coordination.Metadata;

/// <summary>Kafka's two SCRAM mechanisms; the numbers are those of its protocol and its records.</summary>
internal enum ScramMechanism : sbyte
{
    Unknown = 0,
    Sha256 = 1,
    Sha512 = 2,
}

/// <summary>What is stored of a user: enough to check a login, not enough to make one.</summary>
internal sealed record ScramCredential(byte[] Salt, byte[] StoredKey, byte[] ServerKey, int Iterations);

/// <summary>The arithmetic of RFC 5802.</summary>
internal static class Scram
{
    public const int SaltBytes = 20;
    public const int IterationsDefault = 4096;

    public static HashAlgorithmName Hash(ScramMechanism mechanism) =>
        mechanism == ScramMechanism.Sha512 ? HashAlgorithmName.SHA512 : HashAlgorithmName.SHA256;

    public static int HashBytes(ScramMechanism mechanism) => mechanism == ScramMechanism.Sha512 ? 64 : 32;

    public static byte[] SaltedPassword(ScramMechanism mechanism, string password, byte[] salt, int iterations) =>
        Rfc2898DeriveBytes.Pbkdf2(Encoding.UTF8.GetBytes(password), salt, iterations, Hash(mechanism), HashBytes(mechanism));

    public static ScramCredential Credential(ScramMechanism mechanism, byte[] saltedPassword, byte[] salt, int iterations) => new(
        salt,
        CryptographicOperations.HashData(Hash(mechanism), Mac(mechanism, saltedPassword, "Client Key"u8)),
        Mac(mechanism, saltedPassword, "Server Key"u8),
        iterations);

    public static byte[] Mac(ScramMechanism mechanism, byte[] key, ReadOnlySpan<byte> text) =>
        CryptographicOperations.HmacData(Hash(mechanism), key, text);

    /// <summary>Whether the proof was made by someone who knows the password, compared in constant time.</summary>
    public static bool ProofFits(
        ScramMechanism mechanism, ScramCredential credential, ReadOnlySpan<byte> authMessage, ReadOnlySpan<byte> proof)
    {
        // ClientKey = proof XOR HMAC(StoredKey, AuthMessage), and its hash must be the StoredKey.
        byte[] clientKey = Mac(mechanism, credential.StoredKey, authMessage);
        if (proof.Length != clientKey.Length) return false;
        for (int i = 0; i < clientKey.Length; i++) clientKey[i] ^= proof[i];
        return CryptographicOperations.FixedTimeEquals(CryptographicOperations.HashData(Hash(mechanism), clientKey), credential.StoredKey);
    }

    /// <summary>
    /// Whether the password is the credential's, for a mechanism that sends it in the clear. Takes as long for any number of iterations:
    /// it must not tell who exists, nor who has which.
    /// </summary>
    public static bool PasswordFits(ScramMechanism mechanism, ScramCredential credential, string password)
    {
        if (IterationsLeft(credential) is > 0 and var left) SaltedPassword(mechanism, password, credential.Salt, left);
        byte[] salted = SaltedPassword(mechanism, password, credential.Salt, credential.Iterations);
        var derived = Credential(mechanism, salted, credential.Salt, credential.Iterations);
        return CryptographicOperations.FixedTimeEquals(derived.StoredKey, credential.StoredKey);
    }

    /// <summary>What the credential's iterations lack to the most that there can be.</summary>
    public static int IterationsLeft(ScramCredential credential) => ScramDecisions.IterationsMax - credential.Iterations;
}
