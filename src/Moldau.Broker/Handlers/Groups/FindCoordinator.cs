using Moldau.Broker.Hosting;
using Moldau.Protocol;
using Moldau.Protocol.Messages;
using Coordinator = Moldau.Protocol.Messages.FindCoordinatorResponse.Coordinator;

namespace Moldau.Broker.Handlers.Groups;

/// <summary>
/// FindCoordinator (key 10), v0-v6. On one node it is always this one; what is checked is the kind of the key. One key up to v3, many
/// from v4 on, and v6 brings the keys of share partitions. The internal topic of the coordinator is made before the answer, so that the
/// client's next request finds it.
/// </summary>
internal sealed class FindCoordinator(GroupHost groups, TransactionHost transactions, ShareStateHost shareState, int nodeId)
    : IHandler<FindCoordinatorRequest, FindCoordinatorResponse>
{
    private const short ManyKeysSince = 4;
    private const short ShareKeysSince = 6;
    private const sbyte GroupKey = 0, TransactionKey = 1, ShareKey = 2;

    /// <summary>What Kafka says of a success where the version has one key only.</summary>
    private const string SuccessOfOneKey = "NONE";

    public async ValueTask<FindCoordinatorResponse?> HandleAsync(RequestContext context, FindCoordinatorRequest request)
    {
        var error = request.KeyType switch
        {
            GroupKey => await groups.EnsureTopicAsync().ConfigureAwait(false),
            TransactionKey => await transactions.EnsureTopicAsync().ConfigureAwait(false),
            ShareKey when context.Version >= ShareKeysSince => await shareState.EnsureTopicAsync().ConfigureAwait(false),
            _ => ErrorCode.None,
        };
        if (context.Version >= ManyKeysSince)
        {
            var found = request.CoordinatorKeys.Select(key => Find(context, request.KeyType, key, error));
            return new FindCoordinatorResponse { Coordinators = [.. found] };
        }
        return OneKey(Find(context, request.KeyType, request.Key, error), context.Version);
    }

    public FindCoordinatorResponse Refuse(RequestContext context, FindCoordinatorRequest request, ErrorCode error) =>
        context.Version >= ManyKeysSince
            ? new FindCoordinatorResponse { Coordinators = [.. request.CoordinatorKeys.Select(key => Refusal(key, error, ""))] }
            : OneKey(Refusal(request.Key, error, ""), context.Version);

    private Coordinator Find(RequestContext context, sbyte keyType, string key, ErrorCode error)
    {
        if (keyType is < GroupKey or > ShareKey)
        {
            const string Types = "0 (group), 1 (transaction) and 2 (share partition)";
            return Refusal(key, ErrorCode.InvalidRequest, $"No coordinator has keys of type {keyType}; the types are {Types}.");
        }
        if (keyType == ShareKey && (context.Version < ShareKeysSince || !IsSharePartition(key)))
            return Refusal(key, ErrorCode.InvalidRequest, "");
        if (error != ErrorCode.None) return Refusal(key, error, "");
        var (host, port) = context.Advertised;
        return new Coordinator { Key = key, NodeId = nodeId, Host = host, Port = port, ErrorMessage = "" };
    }

    /// <summary>GROUP:TOPIC-ID:PARTITION, where the group may hold colons itself.</summary>
    private static bool IsSharePartition(string key)
    {
        int partitionAt = key.LastIndexOf(':');
        int topicAt = partitionAt < 1 ? -1 : key.LastIndexOf(':', partitionAt - 1);
        return topicAt > 0
            && KafkaUuid.TryParse(key[(topicAt + 1)..partitionAt], out _)
            && int.TryParse(key.AsSpan(partitionAt + 1), out _);
    }

    private static Coordinator Refusal(string key, ErrorCode error, string message) =>
        new() { Key = key, NodeId = -1, Host = "", Port = -1, ErrorCode = error, ErrorMessage = message };

    private static FindCoordinatorResponse OneKey(Coordinator found, short version) => new()
    {
        ErrorCode = found.ErrorCode,
        ErrorMessage = found.ErrorCode == ErrorCode.None ? SuccessOfOneKey
            : found.ErrorMessage is { Length: > 0 } message ? message
            : $"FindCoordinator at version {version} has no coordinator for '{found.Key}': {found.ErrorCode}.",
        NodeId = found.NodeId,
        Host = found.Host,
        Port = found.Port,
    };
}
