using System.Security.Cryptography;
using Moldau.Coordination.Metadata;
using Moldau.Protocol.Messages;

namespace Moldau.Broker.Security;

/// <summary>
/// The user that a new cluster begins with, so that its first client can log in. The password is random and is told once.
/// </summary>
internal static class FirstUser
{
    public const string Name = "moldau";

    private const int PasswordLength = 24;

    /// <summary>Letters and digits that are not mistaken for each other, since the password is read and typed.</summary>
    private const string PasswordAlphabet = "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789";

    public static FirstStartCredentials Make() => new(Name, RandomNumberGenerator.GetString(PasswordAlphabet, PasswordLength));

    /// <summary>What is kept of him, for each mechanism.</summary>
    public static IReadOnlyList<UserScramCredentialRecord> Records(FirstStartCredentials user) =>
        [Record(user, ScramMechanism.Sha256), Record(user, ScramMechanism.Sha512)];

    private static UserScramCredentialRecord Record(FirstStartCredentials user, ScramMechanism mechanism)
    {
        byte[] salt = RandomNumberGenerator.GetBytes(Scram.SaltBytes);
        return ScramDecisions.Credential(new AlterUserScramCredentialsRequest.ScramCredentialUpsertion
        {
            Name = user.UserName,
            Mechanism = (sbyte)mechanism,
            Iterations = Scram.IterationsDefault,
            Salt = salt,
            SaltedPassword = Scram.SaltedPassword(mechanism, user.Password, salt, Scram.IterationsDefault),
        });
    }
}
