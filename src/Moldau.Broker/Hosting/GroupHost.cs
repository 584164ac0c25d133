using Moldau.Coordination;
using Moldau.Coordination.Groups;
using Moldau.Coordination.Metadata;
using Moldau.Log;
using Moldau.Protocol;

namespace Moldau.Broker.Hosting;

/// <summary>The partitions of an internal topic, which is made when it is first needed.</summary>
internal interface ICoordinatorLogs
{
    /// <summary>Empty as long as the topic does not exist.</summary>
    IReadOnlyList<ICoordinatorLog> Existing { get; }

    /// <exception cref="InvalidOperationException">It could not be made.</exception>
    ValueTask<IReadOnlyList<ICoordinatorLog>> EnsureAsync();
}

/// <summary>The group coordinator of this broker: finds a group's shard.</summary>
internal sealed class GroupHost(ICoordinatorLogs logs, Func<MetadataChanged> metadata, ShardEnvironment environment)
{
    private const string Topic = TopicNames.ConsumerOffsets;

    private readonly Lock _lock = new();
    private readonly GrowingInterval _notices = new(environment.Clock.Time, TimeSpan.FromSeconds(10), TimeSpan.FromMinutes(10));
    private volatile ShardSlot<GroupInput>[] _shards = [];
    private bool _isStopped;

    /// <summary>Reads what there is, so that members found in it are missed even if nobody asks for their groups.</summary>
    public void Start()
    {
        if (logs.Existing is { Count: > 0 } existing) TryOpen(existing.Count);
    }

    /// <summary>Completes when no group is at work any more. Whoever still waits is told that there is no coordinator.</summary>
    public Task StopAsync()
    {
        lock (_lock) _isStopped = true;
        return Task.WhenAll(_shards.Select(shard => shard.StopAsync()));
    }

    /// <summary>Makes the topic, if it does not exist, before a client is told that its coordinator is here.</summary>
    public async ValueTask<ErrorCode> EnsureTopicAsync()
    {
        if (_shards.Length > 0) return ErrorCode.None;
        try
        {
            return TryOpen((await logs.EnsureAsync().ConfigureAwait(false)).Count) ? ErrorCode.None : ErrorCode.CoordinatorNotAvailable;
        }
        catch (LogOfflineException failure)
        {
            if (_notices.TryTake()) environment.Logger.CoordinatorTopicRefused(Topic, failure.Message);
            return ErrorCode.CoordinatorNotAvailable;
        }
        catch (Exception failure) when (failure is InvalidOperationException or IOException)
        {
            environment.Logger.CoordinatorTopicNotMade(Topic, failure);
            return ErrorCode.CoordinatorNotAvailable;
        }
    }

    public ValueTask<TAnswer?> AskAsync<TAnswer>(RequestContext context, string groupId, object request, Func<ErrorCode, TAnswer> refuse)
        where TAnswer : class =>
        _shards is { Length: > 0 } shards
            ? AskAsync(shards, context, groupId, request, refuse)
            : AskFirstAsync(context, groupId, request, refuse);

    /// <summary>Asks every shard. Where there is none yet there are no groups, and asking makes none.</summary>
    public Task<TAnswer?[]> AskAllAsync<TAnswer>(RequestContext context, object request, Func<ErrorCode, TAnswer> refuse)
        where TAnswer : class =>
        Task.WhenAll(_shards.Select(shard =>
            shard.Host.AskAsync<TAnswer>(token => new GroupCall(CallerOf(context, token), request), refuse).AsTask()));

    /// <summary>Each shard takes the newest metadata when its turn comes, so that an older one never comes after it.</summary>
    public void MetadataChanged()
    {
        foreach (var shard in _shards) shard.Tell(metadata);
    }

    /// <summary>Drops what was committed for a topic that is gone.</summary>
    public void TopicDeleted(string name)
    {
        foreach (var shard in _shards) shard.Tell(() => new TopicsGone(topic => topic == name));
    }

    private static ValueTask<TAnswer?> AskAsync<TAnswer>(
        ShardSlot<GroupInput>[] shards, RequestContext context, string groupId, object request, Func<ErrorCode, TAnswer> refuse)
        where TAnswer : class
    {
        var shard = shards[CoordinatorKey.PartitionOf(groupId, shards.Length)].Host;
        return shard.AskAsync<TAnswer>(token => new GroupCall(CallerOf(context, token), request), refuse);
    }

    private async ValueTask<TAnswer?> AskFirstAsync<TAnswer>(
        RequestContext context, string groupId, object request, Func<ErrorCode, TAnswer> refuse)
        where TAnswer : class
    {
        var error = await EnsureTopicAsync().ConfigureAwait(false);
        return error == ErrorCode.None ? await AskAsync(_shards, context, groupId, request, refuse).ConfigureAwait(false) : refuse(error);
    }

    private static Caller CallerOf(RequestContext context, ReplyToken token) => new(token, context.Version)
    {
        ClientId = context.ClientId ?? "",
        ClientHost = context.ClientAddress,
        FreshId = Guid.NewGuid(),
    };

    /// <summary>False if the host was stopped meanwhile.</summary>
    private bool TryOpen(int partitions)
    {
        lock (_lock)
        {
            if (_isStopped) return false;
            if (_shards.Length > 0) return true;
            _shards = [.. Enumerable.Range(0, partitions).Select(index => new ShardSlot<GroupInput>(() => StartShard(index), environment))];
            MetadataChanged(); // From now on a change is told to them.
            return true;
        }
    }

    private ShardHost<GroupInput> StartShard(int index)
    {
        var shard = new ShardHost<GroupInput>($"{Topic}-{index}", new GroupShard(metadata().Settings), logs.Existing[index], environment);
        shard.BeginLoad();
        // A topic may have been deleted without its offsets, if the broker stopped in between.
        shard.Tell(new TopicsGone(topic => !metadata().Image.Topics.ByName.ContainsKey(topic)));
        shard.Tell(metadata);
        return shard;
    }
}
