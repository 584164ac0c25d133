using Moldau.Coordination.ShareState;
using Moldau.Protocol;

namespace Moldau.Broker.Handlers.ShareState;

/// <summary>A share partition with what its coordinator says of it.</summary>
internal readonly record struct AnsweredPartition(SharePartitionKey Key, ShareStateAnswer Answer);

/// <summary>The share partitions that a request is about, each by itself. Of one that is named twice the last entry counts, as in Kafka.</summary>
internal sealed class AskedPartitions
{
    /// <summary>Asked for at the same time: a shard has room for a bounded number of requests, and others want theirs.</summary>
    private const int AtOnce = 100;

    private readonly ShareStateRequest[] _once;

    private AskedPartitions(IEnumerable<ShareStateRequest> all) =>
        _once = [.. all.GroupBy(request => request.Key).Select(entries => entries.Last())];

    /// <summary>None of a request that names no group, or a topic without partitions: as in Kafka, its answer is empty.</summary>
    public static AskedPartitions Of<TTopic>(string groupId, IEnumerable<TTopic> topics, Func<TTopic, IEnumerable<ShareStateRequest>> partitionsOf)
    {
        var byTopic = topics.Select(topic => partitionsOf(topic).ToList()).ToList();
        bool isComplete = groupId.Length > 0 && byTopic.TrueForAll(partitions => partitions.Count > 0);
        return new(isComplete ? byTopic.SelectMany(partitions => partitions) : []);
    }

    /// <summary>The answers, topic by topic.</summary>
    public async ValueTask<ILookup<Guid, AnsweredPartition>> AskAsync(Func<ShareStateRequest, ValueTask<ShareStateAnswer>> ask)
    {
        var answered = new List<AnsweredPartition>();
        foreach (var requests in _once.Chunk(AtOnce))
            answered.AddRange(await Task.WhenAll(requests.Select(request => AskAsync(ask, request))).ConfigureAwait(false));
        return ByTopic(answered);
    }

    public ILookup<Guid, AnsweredPartition> Refuse(ErrorCode error) =>
        ByTopic(_once.Select(request => new AnsweredPartition(request.Key, new ShareStateAnswer(error))));

    private static async Task<AnsweredPartition> AskAsync(Func<ShareStateRequest, ValueTask<ShareStateAnswer>> ask, ShareStateRequest request) =>
        new(request.Key, await ask(request).ConfigureAwait(false));

    private static ILookup<Guid, AnsweredPartition> ByTopic(IEnumerable<AnsweredPartition> answered) =>
        answered.ToLookup(partition => partition.Key.TopicId);
}
