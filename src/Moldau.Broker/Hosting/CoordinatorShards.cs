using Moldau.Coordination;
using Moldau.Log;
using Moldau.Protocol;

namespace Moldau.Broker.Hosting;

/// <summary>The shards of one kind of coordinator: one for each partition of its internal topic, which is made when it is first needed.</summary>
internal sealed class CoordinatorShards<TInput>(
    string topic, ICoordinatorLogs logs, ShardEnvironment environment, Func<string, ICoordinatorLog, ShardHost<TInput>> start)
{
    private readonly Lock _lock = new();
    private readonly GrowingInterval _notices = new(environment.Clock.Time, TimeSpan.FromSeconds(10), TimeSpan.FromMinutes(10));
    private volatile ShardSlot<TInput>[] _all = [];
    private bool _isStopped;

    /// <summary>Called when there are shards.</summary>
    public Action? Opened { get; init; }

    /// <summary>Empty as long as the topic does not exist.</summary>
    public IReadOnlyList<ShardSlot<TInput>> All => _all;

    /// <summary>Reads what there is, so that what is found in it goes on even if nobody asks for it.</summary>
    public void Start()
    {
        if (logs.Existing is { Count: > 0 } existing) TryOpen(existing.Count);
    }

    /// <summary>Completes when nothing is at work any more. Whoever still waits is told that there is no coordinator.</summary>
    public Task StopAsync()
    {
        lock (_lock) _isStopped = true;
        return Task.WhenAll(_all.Select(shard => shard.StopAsync()));
    }

    /// <summary>Makes the topic, if it does not exist, before a client is told that its coordinator is here.</summary>
    public async ValueTask<ErrorCode> EnsureTopicAsync()
    {
        if (_all.Length > 0) return ErrorCode.None;
        try
        {
            return TryOpen((await logs.EnsureAsync().ConfigureAwait(false)).Count) ? ErrorCode.None : ErrorCode.CoordinatorNotAvailable;
        }
        catch (LogOfflineException failure)
        {
            if (_notices.TryTake()) environment.Logger.CoordinatorTopicRefused(topic, failure.Message);
            return ErrorCode.CoordinatorNotAvailable;
        }
        catch (Exception failure) when (failure is InvalidOperationException or IOException)
        {
            environment.Logger.CoordinatorTopicNotMade(topic, failure);
            return ErrorCode.CoordinatorNotAvailable;
        }
    }

    /// <summary>The shard of a group or a transactional id; null as long as the topic does not exist.</summary>
    public ShardHost<TInput>? Of(string key) => _all is { Length: > 0 } all ? all[CoordinatorKey.PartitionOf(key, all.Length)].Host : null;

    /// <summary>False if the coordinator was stopped meanwhile.</summary>
    private bool TryOpen(int partitions)
    {
        lock (_lock)
        {
            if (_isStopped) return false;
            if (_all.Length > 0) return true;
            _all = [.. Enumerable.Range(0, partitions).Select(index =>
                new ShardSlot<TInput>(() => start($"{topic}-{index}", logs.Existing[index]), environment))];
            Opened?.Invoke();
            return true;
        }
    }
}
