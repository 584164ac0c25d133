using Moldau.Broker.Hosting;
using Moldau.Coordination.ShareState;
using Moldau.Protocol;

namespace Moldau.Broker.Handlers.ShareState;

/// <summary>A share partition with what its coordinator says of it.</summary>
internal readonly record struct AnsweredPartition(SharePartitionKey Key, ShareStateAnswer Answer);

/// <summary>The share partitions that a request is about, each by itself. Of one that is named twice the last entry counts, as in Kafka.</summary>
internal sealed class AskedPartitions(IEnumerable<ShareStateRequest> all)
{
    /// <summary>Asked for at the same time: a shard has room for a bounded number of requests, and others want theirs.</summary>
    private const int AtOnce = 100;

    private readonly ShareStateRequest[] _once = [.. all.GroupBy(request => request.Key).Select(entries => entries.Last())];

    /// <summary>The answers, topic by topic.</summary>
    public async ValueTask<ILookup<Guid, AnsweredPartition>> AskAsync(ShareStateHost host)
    {
        var answered = new List<AnsweredPartition>();
        foreach (var requests in _once.Chunk(AtOnce))
            answered.AddRange(await Task.WhenAll(requests.Select(request => AskAsync(host, request))).ConfigureAwait(false));
        return ByTopic(answered);
    }

    public ILookup<Guid, AnsweredPartition> Refuse(ErrorCode error) =>
        ByTopic(_once.Select(request => new AnsweredPartition(request.Key, new ShareStateAnswer(error))));

    private static async Task<AnsweredPartition> AskAsync(ShareStateHost host, ShareStateRequest request) =>
        new(request.Key, await host.AskAsync(request).ConfigureAwait(false));

    private static ILookup<Guid, AnsweredPartition> ByTopic(IEnumerable<AnsweredPartition> answered) =>
        answered.ToLookup(partition => partition.Key.TopicId);
}
