using Microsoft.Extensions.Logging;
using Moldau.Coordination.Groups;
using Moldau.Coordination.Groups.Share;
using Moldau.Coordination.ShareState;
using Moldau.Protocol;

namespace Moldau.Broker.Hosting;

/// <summary>
/// Asks the share coordinator for what the groups' shards want done about share partitions, and tells them what came of it. What a group wants
/// is done in the order in which it was decided: a deletion that was asked for twice would otherwise take what was begun after it.
/// </summary>
internal sealed class ShareGroupStates(Func<ShareStateRequest, ValueTask<ShareStateAnswer>> replace, TimeProvider time, ILogger logger)
{
    /// <summary>Asked for at the same time: a shard has room for a bounded number of requests, and others want theirs.</summary>
    private const int AtOnce = 100;

    private readonly Lock _lock = new();
    private readonly Dictionary<string, Task> _lastOfGroup = new(StringComparer.Ordinal);

    private readonly ToldOnce _failing = new("share partitions", time, logger);

    public async Task CarryOutAsync(ShareStateEffect effect, Action<GroupInput> tell)
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await Follow(effect.GroupId, done.Task).ConfigureAwait(false);
        try
        {
            tell(new ShareStatesSettled(effect, await AskAllAsync(effect).ConfigureAwait(false)));
        }
        finally
        {
            Leave(effect.GroupId, done.Task);
            done.SetResult();
        }
    }

    /// <summary>Puts the task behind those of its group; completes when the one before it has.</summary>
    private Task Follow(string groupId, Task task)
    {
        lock (_lock)
        {
            var former = _lastOfGroup.GetValueOrDefault(groupId, Task.CompletedTask);
            _lastOfGroup[groupId] = task;
            return former;
        }
    }

    private void Leave(string groupId, Task task)
    {
        lock (_lock)
        {
            if (_lastOfGroup[groupId] == task) _lastOfGroup.Remove(groupId);
        }
    }

    /// <summary>The errors that came of it.</summary>
    private async Task<IReadOnlyDictionary<TopicIdPartition, ErrorCode>> AskAllAsync(ShareStateEffect effect)
    {
        var errors = new Dictionary<TopicIdPartition, ErrorCode>();
        foreach (var partitions in effect.Partitions.Chunk(AtOnce))
        {
            var answers = await Task.WhenAll(partitions.Select(partition => AskAsync(effect, partition))).ConfigureAwait(false);
            foreach (var (partition, error) in partitions.Zip(answers))
            {
                if (error != ErrorCode.None) errors[partition] = error;
            }
        }
        Tell(effect, errors);
        return errors;
    }

    /// <summary>It is tried again and again; a partition that fails is told once, for all that fail with it.</summary>
    private void Tell(ShareStateEffect effect, Dictionary<TopicIdPartition, ErrorCode> errors)
    {
        foreach (var done in effect.Partitions.Where(partition => !errors.ContainsKey(partition))) _failing.Over(KeyOf(effect, done).ToString());
        if (errors.Count == 0) return;
        var (first, error) = errors.First();
        var key = KeyOf(effect, first);
        if (_failing.IsNews(key.ToString(), error.ToString())) logger.ShareStatesNotSettled(errors.Count, effect.GroupId, key, error);
    }

    private static SharePartitionKey KeyOf(ShareStateEffect effect, TopicIdPartition partition) =>
        new(effect.GroupId, partition.Topic, partition.Partition);

    private async Task<ErrorCode> AskAsync(ShareStateEffect effect, TopicIdPartition partition)
    {
        var key = KeyOf(effect, partition);
        try
        {
            ShareStateRequest request = effect is InitializeShareStates begin
                ? new InitializeShareState(key, begin.StateEpoch, begin.StartOffsets[partition]) { KeepsFormer = begin.KeepsFormer }
                : new DeleteShareState(key);
            return (await replace(request).ConfigureAwait(false)).Error;
        }
#pragma warning disable CA1031 // Nobody awaits this: the shard must hear of a fault too.
        catch (Exception fault)
#pragma warning restore CA1031
        {
            logger.CoordinatorFaulted($"The share coordinator of {key}", fault);
            return ErrorCode.UnknownServerError;
        }
    }
}
