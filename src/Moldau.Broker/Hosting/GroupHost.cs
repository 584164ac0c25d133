using Moldau.Coordination;
using Moldau.Coordination.Groups;
using Moldau.Coordination.Groups.Offsets;
using Moldau.Coordination.Metadata;
using Moldau.Protocol;

namespace Moldau.Broker.Hosting;

/// <summary>The group coordinator of this broker: finds a group's shard.</summary>
internal sealed class GroupHost
{
    private const string Topic = TopicNames.ConsumerOffsets;

    private readonly CoordinatorShards<GroupInput> _shards;
    private readonly Func<MetadataChanged> _metadata;

    /// <remarks>The effects of the groups' shards are begun by others, who tell the shard what came of them.</remarks>
    public GroupHost(ICoordinatorLogs logs, Func<MetadataChanged> metadata, Action<ShardHost<GroupInput>, Effect> effects, ShardEnvironment environment)
    {
        _metadata = metadata;
        _shards = new(Topic, logs, environment, (name, log) =>
        {
            var shard = new ShardHost<GroupInput>(name, new GroupShard(metadata().Settings), log, environment, effects);
            shard.BeginLoad();
            // A topic may have been deleted without its offsets, if the broker stopped in between.
            shard.Tell(() => TopicsGone.AllBut(metadata().Image.Topics));
            shard.Tell(metadata);
            return shard;
        })
        {
            Opened = MetadataChanged, // From then on a change is told to them.
        };
    }

    public void Start() => _shards.Start();

    public Task StopAsync() => _shards.StopAsync();

    public ValueTask<ErrorCode> EnsureTopicAsync() => _shards.EnsureTopicAsync();

    /// <summary>The partition of the internal topic that has a group's records; its topic must exist.</summary>
    public TopicPartition PartitionOf(string groupId) => new(Topic, CoordinatorKey.PartitionOf(groupId, _shards.All.Count));

    public ValueTask<TAnswer?> AskAsync<TAnswer>(RequestContext context, string groupId, object request, Func<ErrorCode, TAnswer> refuse)
        where TAnswer : class =>
        _shards.Of(groupId) is { } shard ? AskAsync(shard, context, request, refuse) : AskFirstAsync(context, groupId, request, refuse);

    /// <summary>Asks every shard. Where there is none yet there are no groups, and asking makes none.</summary>
    public Task<TAnswer?[]> AskAllAsync<TAnswer>(RequestContext context, object request, Func<ErrorCode, TAnswer> refuse)
        where TAnswer : class =>
        Task.WhenAll(_shards.All.Select(shard => AskAsync(shard.Host, context, request, refuse).AsTask()));

    /// <summary>Writes a transaction's marker into a partition of the internal topic, whose offsets count from then on, or never.</summary>
    public async ValueTask<ErrorCode> EndTransactionAsync(int partition, TransactionalProducer producer, TransactionEnd end)
    {
        if ((uint)partition >= (uint)_shards.All.Count) return ErrorCode.UnknownTopicOrPartition;
        var ended = await _shards.All[partition].Host
            .AskAsync<TransactionEnded>(
                token => new GroupCall(new Caller(token, ApiVersion: 0), new EndTransactionOfOffsets(producer, end)),
                error => new TransactionEnded(error))
            .ConfigureAwait(false);
        return ended!.Error;
    }

    /// <summary>Each shard takes the newest metadata when its turn comes, so that an older one never comes after it.</summary>
    public void MetadataChanged()
    {
        foreach (var shard in _shards.All) shard.Tell(_metadata);
    }

    /// <summary>Drops what was committed for a topic that is gone.</summary>
    public void TopicDeleted(TopicImage topic)
    {
        foreach (var shard in _shards.All) shard.Tell(() => TopicsGone.Of(topic));
    }

    private static ValueTask<TAnswer?> AskAsync<TAnswer>(
        ShardHost<GroupInput> shard, RequestContext context, object request, Func<ErrorCode, TAnswer> refuse)
        where TAnswer : class =>
        shard.AskAsync<TAnswer>(token => new GroupCall(CallerOf(context, token), request), refuse);

    private async ValueTask<TAnswer?> AskFirstAsync<TAnswer>(
        RequestContext context, string groupId, object request, Func<ErrorCode, TAnswer> refuse)
        where TAnswer : class
    {
        var error = await EnsureTopicAsync().ConfigureAwait(false);
        return error == ErrorCode.None ? await AskAsync(_shards.Of(groupId)!, context, request, refuse).ConfigureAwait(false) : refuse(error);
    }

    private static Caller CallerOf(RequestContext context, ReplyToken token) => new(token, context.Version)
    {
        ClientId = context.ClientId ?? "",
        ClientHost = context.ClientAddress,
        FreshId = Guid.NewGuid(),
    };
}
