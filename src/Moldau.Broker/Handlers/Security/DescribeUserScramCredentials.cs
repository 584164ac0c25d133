using Moldau.Broker.Topics;
using Moldau.Coordination.Metadata;
using Moldau.Protocol;
using Moldau.Protocol.Messages;

namespace Moldau.Broker.Handlers.Security;

/// <summary>
/// DescribeUserScramCredentials (key 50), v0. Mechanisms and iterations, never what verifies a password. No names, or an empty list of
/// them, mean all users.
/// </summary>
internal sealed class DescribeUserScramCredentials(MetadataHost metadata)
    : IHandler<DescribeUserScramCredentialsRequest, DescribeUserScramCredentialsResponse>
{
    public ValueTask<DescribeUserScramCredentialsResponse?> HandleAsync(RequestContext context, DescribeUserScramCredentialsRequest request) =>
        new(ScramDecisions.Describe(metadata.Image, request));

    public DescribeUserScramCredentialsResponse Refuse(RequestContext context, DescribeUserScramCredentialsRequest request, ErrorCode error) =>
        new() { ErrorCode = error, ErrorMessage = null };
}
