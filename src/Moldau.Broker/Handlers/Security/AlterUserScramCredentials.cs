using Moldau.Broker.Topics;
using Moldau.Coordination.Metadata;
using Moldau.Protocol;
using Moldau.Protocol.Messages;

namespace Moldau.Broker.Handlers.Security;

/// <summary>AlterUserScramCredentials (key 51), v0. The client salts the password itself, so that the broker never sees it.</summary>
internal sealed class AlterUserScramCredentials(MetadataHost metadata)
    : IHandler<AlterUserScramCredentialsRequest, AlterUserScramCredentialsResponse>
{
    public async ValueTask<AlterUserScramCredentialsResponse?> HandleAsync(RequestContext context, AlterUserScramCredentialsRequest request) =>
        await metadata.AskAsync(image => ScramDecisions.Alter(image, request)).ConfigureAwait(false);

    public AlterUserScramCredentialsResponse Refuse(RequestContext context, AlterUserScramCredentialsRequest request, ErrorCode error)
    {
        var users = request.Deletions.Select(deletion => deletion.Name).Concat(request.Upsertions.Select(upsertion => upsertion.Name));
        return new()
        {
            Results = [.. users.Distinct().Select(user => new AlterUserScramCredentialsResponse.AlterUserScramCredentialsResult
            {
                User = user,
                ErrorCode = error,
                ErrorMessage = null,
            })],
        };
    }
}
