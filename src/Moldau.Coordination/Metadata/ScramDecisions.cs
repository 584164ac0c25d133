using Moldau.Protocol;
using Moldau.Protocol.Messages;

namespace Moldau.Coordination.Metadata;

/// <summary>Makes, changes, removes and lists SCRAM users. Of a password only what verifies it is kept (RFC 5802).</summary>
internal static class ScramDecisions
{
    public const int IterationsMin = 4096;
    public const int IterationsMax = 16_384;

    /// <summary>
    /// A request is keyed by the user alone: two changes of one user, even of two mechanisms, cannot stand in one request. Where the first of
    /// them is wrong in itself, that is what he is told, as by Kafka.
    /// </summary>
    public static MetadataDecision<AlterUserScramCredentialsResponse> Alter(ClusterImage image, AlterUserScramCredentialsRequest request)
    {
        var users = request.Deletions.Select(deletion => deletion.Name).Concat(request.Upsertions.Select(upsertion => upsertion.Name));
        var times = users.CountBy(user => user, StringComparer.Ordinal).ToDictionary(StringComparer.Ordinal);
        var answered = new HashSet<string>(StringComparer.Ordinal);
        var response = new AlterUserScramCredentialsResponse();
        var records = new List<MetadataRecord>();
        foreach (var deletion in request.Deletions.Where(deletion => answered.Add(deletion.Name)))
        {
            var refusal = UnlessDoubled(deletion.Name, Check(image, deletion), times);
            response.Results.Add(Result(deletion.Name, refusal));
            if (!refusal.IsNone) continue;
            records.Add(MetadataRecord.Of(new RemoveUserScramCredentialRecord { Name = deletion.Name, Mechanism = deletion.Mechanism }));
        }
        foreach (var upsertion in request.Upsertions.Where(upsertion => answered.Add(upsertion.Name)))
        {
            var refusal = UnlessDoubled(upsertion.Name, Check(upsertion), times);
            // An empty password cannot come out of the salting, so the client is broken.
            if (refusal.IsNone && upsertion.SaltedPassword.Length == 0) refusal = new(ErrorCode.UnknownServerError, null);
            response.Results.Add(Result(upsertion.Name, refusal));
            if (refusal.IsNone) records.Add(MetadataRecord.Of(Credential(upsertion)));
        }
        return new(response) { Records = records };
    }

    private static Refusal UnlessDoubled(string user, Refusal first, Dictionary<string, int> times) => !first.IsNone || times[user] == 1
        ? first
        : new(ErrorCode.DuplicateResource, $"The request changes the user '{user}' more than once; each change needs a request of its own.");

    public static DescribeUserScramCredentialsResponse Describe(ClusterImage image, DescribeUserScramCredentialsRequest request)
    {
        var byUser = image.ScramCredentials.ToLookup(credential => credential.Key.Name, StringComparer.Ordinal);
        var response = new DescribeUserScramCredentialsResponse { ErrorMessage = "" };
        if (request.Users is not { Count: > 0 } named)
        {
            response.Results = [.. byUser.Select(user => Described(user.Key, user))];
            return response;
        }
        foreach (var user in named.CountBy(user => user.Name, StringComparer.Ordinal))
        {
            response.Results.Add(
                user.Value > 1 ? Refused(user.Key, new(ErrorCode.DuplicateResource, $"The request names the user '{user.Key}' more than once."))
                : byUser.Contains(user.Key) ? Described(user.Key, byUser[user.Key])
                : Refused(user.Key, new(ErrorCode.ResourceNotFound, $"There is no SCRAM user '{user.Key}'.")));
        }
        return response;
    }

    /// <summary>What the server keeps of a salted password: with it a client's proof can be verified, but none can be made.</summary>
    public static UserScramCredentialRecord Credential(AlterUserScramCredentialsRequest.ScramCredentialUpsertion upsertion)
    {
        var mechanism = (ScramMechanism)upsertion.Mechanism;
        var credential = Scram.Credential(mechanism, upsertion.SaltedPassword, upsertion.Salt, upsertion.Iterations);
        return new UserScramCredentialRecord
        {
            Name = upsertion.Name,
            Mechanism = upsertion.Mechanism,
            Salt = credential.Salt,
            StoredKey = credential.StoredKey,
            ServerKey = credential.ServerKey,
            Iterations = credential.Iterations,
        };
    }

    private static Refusal Check(ClusterImage image, AlterUserScramCredentialsRequest.ScramCredentialDeletion deletion)
    {
        if (CheckUser(deletion.Name, deletion.Mechanism) is { IsNone: false } refusal) return refusal;
        return image.ScramCredentials.ContainsKey(new ScramUser(deletion.Name, deletion.Mechanism))
            ? default
            : new(ErrorCode.ResourceNotFound, $"The user '{deletion.Name}' has no credential of that mechanism.");
    }

    private static Refusal Check(AlterUserScramCredentialsRequest.ScramCredentialUpsertion upsertion)
    {
        if (CheckUser(upsertion.Name, upsertion.Mechanism) is { IsNone: false } refusal) return refusal;
        return upsertion.Iterations is >= IterationsMin and <= IterationsMax
            ? default
            : new(
                ErrorCode.UnacceptableCredential, $"{upsertion.Iterations} iterations are not possible: from {IterationsMin} to {IterationsMax} are.");
    }

    private static Refusal CheckUser(string name, sbyte mechanism)
    {
        if (name.Length == 0) return new(ErrorCode.UnacceptableCredential, "A user needs a name.");
        return (ScramMechanism)mechanism is ScramMechanism.Sha256 or ScramMechanism.Sha512
            ? default
            : new(ErrorCode.UnsupportedSaslMechanism, $"The mechanism {mechanism} is not known; 1 is SCRAM-SHA-256, 2 is SCRAM-SHA-512.");
    }

    private static AlterUserScramCredentialsResponse.AlterUserScramCredentialsResult Result(string user, Refusal refusal) => new()
    {
        User = user,
        ErrorCode = refusal.Code,
        ErrorMessage = refusal.Message,
    };

    private static DescribeUserScramCredentialsResponse.DescribeUserScramCredentialsResult Refused(string user, Refusal refusal) => new()
    {
        User = user,
        ErrorCode = refusal.Code,
        ErrorMessage = refusal.Message,
    };

    private static DescribeUserScramCredentialsResponse.DescribeUserScramCredentialsResult Described(
        string user, IEnumerable<KeyValuePair<ScramUser, UserScramCredentialRecord>> credentials) => new()
        {
            User = user,
            ErrorMessage = "",
            CredentialInfos = [.. credentials.Select(credential => new DescribeUserScramCredentialsResponse.CredentialInfo
            {
                Mechanism = credential.Key.Mechanism,
                Iterations = credential.Value.Iterations,
            })],
        };
}
