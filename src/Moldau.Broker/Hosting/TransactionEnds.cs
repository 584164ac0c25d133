using System.Collections.Concurrent;

namespace Moldau.Broker.Hosting;

/// <summary>Tells whoever waits to begin a transaction that the one before it has its markers.</summary>
internal sealed class TransactionEnds
{
    private readonly ConcurrentDictionary<string, TaskCompletionSource> _awaited = new(StringComparer.Ordinal);

    /// <summary>Completes with the next end of a transaction of the id. Whoever does not wait any more forgets it.</summary>
    public Task NextOf(string transactionalId) =>
        _awaited.GetOrAdd(transactionalId, static _ => new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task;

    /// <summary>Others that wait for the same end then wait for the time that they have at most.</summary>
    public void Forget(string transactionalId, Task end)
    {
        if (_awaited.TryGetValue(transactionalId, out var awaited) && awaited.Task == end) _awaited.TryRemove(new(transactionalId, awaited));
    }

    public void Reached(string transactionalId)
    {
        if (_awaited.TryRemove(transactionalId, out var awaited)) awaited.SetResult();
    }
}
