using Moldau.Broker.Config;
using Moldau.Broker.Topics;
using Moldau.Coordination.Metadata;
using Moldau.Coordination.SharePartitions;
using Moldau.Coordination.ShareState;
using Moldau.Log;
using Moldau.Protocol;

namespace Moldau.Broker.Sharing;

/// <summary>A share partition, or why there is none to be had.</summary>
internal sealed record SharePartitionLookup(ShareOutcome Outcome, SharePartition? Found = null);

/// <summary>
/// The share partitions that this broker leads: taken up when the first member of a group asks, let go when the group has no session here.
/// </summary>
internal sealed class SharePartitions(SharePartitionEnvironment environment)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<SharePartitionKey, Task<SharePartitionLookup>> _all = [];

    public int Count { get { lock (_lock) return _all.Count; } }

    /// <summary>Takes it up if it is not yet.</summary>
    public Task<SharePartitionLookup> FindAsync(SharePartitionKey key, Partition partition)
    {
        var loading = new TaskCompletionSource<SharePartitionLookup>(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_lock)
        {
            if (LookUp(key) is { } known) return known;
            _all[key] = loading.Task;
        }
        _ = LoadAsync(key, partition, loading);
        return loading.Task;
    }

    /// <summary>The share partition if it is taken up; nothing can be acknowledged of another.</summary>
    public SharePartition? Find(SharePartitionKey key)
    {
        lock (_lock) return LookUp(key) is { IsCompleted: true } known ? known.Result.Found : null;
    }

    /// <summary>Lets go of what the group has here and nobody is at. False: of some somebody is.</summary>
    public bool LetGo(string groupId)
    {
        lock (_lock)
        {
            bool isAll = true;
            foreach (var (key, lookup) in _all.Where(taken => taken.Key.GroupId == groupId).ToArray())
            {
                bool isIdle = lookup.IsCompleted && lookup.Result.Found is var found && (found is null or { IsClosed: true } || found.TryCloseIdle());
                if (isIdle) _all.Remove(key);
                isAll &= isIdle;
            }
            return isAll;
        }
    }

    /// <summary>
    /// Has the state begun anew or forgotten while nobody has it: what was handed out of it is not acknowledged any more, and whoever asks
    /// meanwhile waits.
    /// </summary>
    public async ValueTask<ShareStateAnswer> ReplaceAsync(ShareStateRequest request)
    {
        // Begins a state where there is none, and otherwise changes nothing: what is handed out stays.
        if (request is InitializeShareState { KeepsFormer: true }) return await environment.State.AskAsync(request).ConfigureAwait(false);
        var replacing = new TaskCompletionSource<SharePartitionLookup>(TaskCreationOptions.RunContinuationsAsynchronously);
        Task<SharePartitionLookup>? former;
        lock (_lock)
        {
            former = _all.GetValueOrDefault(request.Key);
            _all[request.Key] = replacing.Task;
        }
        try
        {
            if (former is not null && (await former.ConfigureAwait(false)).Found is { } taken) await taken.CloseAsync().ConfigureAwait(false);
            return await environment.State.AskAsync(request).ConfigureAwait(false);
        }
        finally
        {
            Forget(request.Key, replacing.Task);
            replacing.SetResult(new(new(ErrorCode.CoordinatorNotAvailable, $"The state of share partition {request.Key} was begun anew or forgotten meanwhile.")));
        }
    }

    public void TopicDeleted(TopicImage topic)
    {
        lock (_lock)
        {
            foreach (var (key, lookup) in _all.ToArray())
            {
                if (key.TopicId != topic.Id) continue;
                if (lookup.IsCompleted) _ = lookup.Result.Found?.CloseAsync();
                _all.Remove(key);
            }
        }
    }

    /// <summary>Null where it is not taken up, or is closed.</summary>
    private Task<SharePartitionLookup>? LookUp(SharePartitionKey key) =>
        _all.TryGetValue(key, out var known) && !(known.IsCompleted && known.Result.Found is null or { IsClosed: true }) ? known : null;

    private async Task LoadAsync(SharePartitionKey key, Partition partition, TaskCompletionSource<SharePartitionLookup> loading)
    {
        SharePartitionLookup lookup;
        try
        {
            lookup = await LoadAsync(key, partition).ConfigureAwait(false);
        }
#pragma warning disable CA1031 // Whoever waits must be told, whatever it was that failed; the next one tries again.
        catch (Exception fault)
#pragma warning restore CA1031
        {
            environment.Logger.SharePartitionNotLoaded(key, fault);
            lookup = new(new(ErrorCode.UnknownServerError, $"The state of share partition {key} could not be taken up."));
        }
        loading.SetResult(lookup);
        if (lookup.Found is null) Forget(key, loading.Task);
    }

    private void Forget(SharePartitionKey key, Task<SharePartitionLookup> lookup)
    {
        lock (_lock)
        {
            if (_all.TryGetValue(key, out var current) && current == lookup) _all.Remove(key);
        }
    }

    private async Task<SharePartitionLookup> LoadAsync(SharePartitionKey key, Partition partition)
    {
        var answer = await environment.State.ReadAsync(key, partition.LeaderEpoch).ConfigureAwait(false);
        if (answer.Error != ErrorCode.None || answer.State is not { } state) return new(ShareOutcome.Of(answer.Error, answer.Message));
        var lead = new Lead(partition.LeaderEpoch, state.StateEpoch);
        if (state.StartOffset != SharePartitionState.None)
        {
            var restored = ShareDelivery.Restore(state.StartOffset, state.Batches);
            restored.MoveLogStart(partition.Log.LogStartOffset);
            return new(ShareOutcome.Done, new SharePartition(key, lead, restored, environment));
        }
        var outcome = await BeginAsync(key, lead, partition.Log).ConfigureAwait(false);
        return outcome.Outcome.IsDone
            ? new(ShareOutcome.Done, new SharePartition(key, lead, new ShareDelivery(outcome.Offset), environment))
            : new(outcome.Outcome);
    }

    /// <summary>
    /// Chooses where a group begins. A place that moves with time is stored at once: chosen anew after a restart, it would lie behind records
    /// that the group was to get.
    /// </summary>
    private async Task<(ShareOutcome Outcome, long Offset)> BeginAsync(SharePartitionKey key, Lead lead, PartitionLog log)
    {
        var config = environment.ConfigOf(key.GroupId);
        if (config.OffsetReset == GroupDeliveryConfig.Earliest) return (ShareOutcome.Done, log.LogStartOffset);
        long offset = config.BeginsBefore is { } before ? OffsetAt(log, environment.Clock.Now.UtcMs - (long)before.TotalMilliseconds) : log.HighWatermark;
        var answer = await environment.State.WriteAsync(new WriteShareState(key)
        {
            StateEpoch = lead.StateEpoch,
            LeaderEpoch = lead.LeaderEpoch,
            StartOffset = offset,
            DeliveryCompleteCount = 0,
        }).ConfigureAwait(false);
        return (ShareOutcome.Of(answer.Error, answer.Message), offset);
    }

    private static long OffsetAt(PartitionLog log, long utcMs) => log.OffsetForTimestamp(utcMs, ReadBound.HighWatermark)?.Offset ?? log.HighWatermark;
}
