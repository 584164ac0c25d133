using Moldau.Broker.Security;
using Moldau.Coordination.Metadata;

namespace Moldau.Broker.Tests;

/// <summary>Credentials of one user, or of nobody.</summary>
internal sealed class FixedCredentials : IScramCredentials
{
    private readonly Dictionary<(ScramMechanism, string), ScramCredential> _known = [];

    public static readonly byte[] Salt = [1, 2, 3, 4];

    public FixedCredentials Add(ScramMechanism mechanism, string user, string password)
    {
        byte[] salted = Scram.SaltedPassword(mechanism, password, Salt, Scram.IterationsDefault);
        return Add(mechanism, user, Scram.Credential(mechanism, salted, Salt, Scram.IterationsDefault));
    }

    public FixedCredentials Add(ScramMechanism mechanism, string user, ScramCredential credential)
    {
        _known[(mechanism, user)] = credential;
        return this;
    }

    public ScramCredential? Find(ScramMechanism mechanism, string user) => _known.GetValueOrDefault((mechanism, user));
}
