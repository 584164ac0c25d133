using Moldau.Coordination.Metadata;

namespace Moldau.Broker.Security;

/// <summary>Where credentials come from.</summary>
internal interface IScramCredentials
{
    ScramCredential? Find(ScramMechanism mechanism, string user);
}
