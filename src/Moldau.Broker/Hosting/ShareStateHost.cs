using Moldau.Coordination.Metadata;
using Moldau.Coordination.ShareState;
using Moldau.Protocol;

namespace Moldau.Broker.Hosting;

/// <summary>The share coordinator of this broker: finds a share partition's shard. The leaders of this broker ask it without a request.</summary>
internal sealed class ShareStateHost
{
    private readonly CoordinatorShards<ShareStateInput> _shards;
    private readonly Func<ShareStateSurroundings> _surroundings;
    private readonly ShardEnvironment _environment;

    public ShareStateHost(ICoordinatorLogs logs, Func<ShareStateSurroundings> surroundings, ShardEnvironment environment)
    {
        (_surroundings, _environment) = (surroundings, environment);
        _shards = new(TopicNames.ShareGroupState, logs, environment, (name, log) =>
        {
            var shard = new ShardHost<ShareStateInput>(name, new ShareStateShard(surroundings().Settings), log, environment, (_, effect) =>
            {
                if (effect is PruneShareState prune) Prune(name, log, prune.BeforeOffset);
            });
            shard.BeginLoad();
            shard.Tell(surroundings);
            return shard;
        })
        {
            Opened = MetadataChanged, // From then on a change is told to them.
        };
    }

    public void Start() => _shards.Start();

    public Task StopAsync() => _shards.StopAsync();

    public ValueTask<ErrorCode> EnsureTopicAsync() => _shards.EnsureTopicAsync();

    /// <summary>Each shard takes the newest metadata when its turn comes, so that an older one never comes after it.</summary>
    public void MetadataChanged()
    {
        foreach (var shard in _shards.All) shard.Tell(_surroundings);
    }

    /// <summary>What a leader begins with. Those of lower epochs are fenced from then on.</summary>
    public ValueTask<ShareStateAnswer> ReadAsync(SharePartitionKey key, int leaderEpoch) => AskAsync(new ReadShareState(key, leaderEpoch));

    /// <summary>Completes when what the leader says is durable, or refused.</summary>
    public ValueTask<ShareStateAnswer> WriteAsync(WriteShareState write) => AskAsync(write);

    /// <summary>The state; its batches are the leader's matter.</summary>
    public ValueTask<ShareStateAnswer> ReadSummaryAsync(SharePartitionKey key) => AskAsync(new ReadShareStateSummary(key));

    public async ValueTask<ShareStateAnswer> AskAsync(ShareStateRequest request)
    {
        string key = request.Key.ToString();
        if (_shards.Of(key) is null)
        {
            var error = await EnsureTopicAsync().ConfigureAwait(false);
            if (error != ErrorCode.None) return Refusal(error);
        }
        var answer = await _shards.Of(key)!.AskAsync<ShareStateAnswer>(token => new ShareStateCall(token, request), Refusal).ConfigureAwait(false);
        return answer!;
    }

    private static ShareStateAnswer Refusal(ErrorCode error) => new(error, $"The share coordinator could not store it: {error}.");

    /// <summary>What is not let go of now is tried again before long.</summary>
    private void Prune(string name, ICoordinatorLog log, long before)
    {
        try
        {
            var error = log.DeleteBefore(before);
            if (error != ErrorCode.None) _environment.Logger.CoordinatorLogNotPruned(name, before, error);
        }
        catch (IOException failure)
        {
            _environment.Logger.CoordinatorFaulted(name, failure);
        }
    }
}
