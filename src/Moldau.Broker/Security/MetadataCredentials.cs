using Moldau.Broker.Topics;
using Moldau.Coordination.Metadata;

namespace Moldau.Broker.Security;

/// <summary>The SCRAM users of the cluster's metadata.</summary>
internal sealed class MetadataCredentials(MetadataHost metadata) : IScramCredentials
{
    public ScramCredential? Find(ScramMechanism mechanism, string user) =>
        metadata.Image.ScramCredentials.TryGetValue(new ScramUser(user, (sbyte)mechanism), out var credential)
            ? new ScramCredential(credential.Salt, credential.StoredKey, credential.ServerKey, credential.Iterations)
            : null;
}
