using System.Threading.Tasks.Sources;

namespace Moldau.Log.Commit;

/// <summary>Those who wait until a high watermark reaches an offset. Waiting allocates nothing once the pool is warm.</summary>
internal sealed class CommitWaiters
{
    private readonly Lock _lock = new();
    private readonly PriorityQueue<Waiter, long> _waiting = new();
    private readonly Stack<Waiter> _pool = new();
    private long _reached;
    private Exception? _failure;

    /// <summary>Completes when <see cref="Reached"/> was called with the offset or more; faults when <see cref="Fail"/> was.</summary>
    public ValueTask WaitAsync(long endOffset)
    {
        lock (_lock)
        {
            if (_reached >= endOffset) return ValueTask.CompletedTask;
            if (_failure is not null) return ValueTask.FromException(_failure);
            if (!_pool.TryPop(out var waiter)) waiter = new Waiter(this);
            _waiting.Enqueue(waiter, endOffset);
            return new ValueTask(waiter, waiter.Version);
        }
    }

    public void Reached(long offset)
    {
        lock (_lock)
        {
            _reached = Math.Max(_reached, offset);
            while (_waiting.TryPeek(out var waiter, out long endOffset) && endOffset <= _reached)
            {
                _waiting.Dequeue();
                waiter.Complete();
            }
        }
    }

    public void Fail(Exception failure)
    {
        lock (_lock)
        {
            _failure ??= failure;
            while (_waiting.TryDequeue(out var waiter, out _)) waiter.Fail(_failure);
        }
    }

    private void Return(Waiter waiter)
    {
        lock (_lock) _pool.Push(waiter);
    }

    private sealed class Waiter(CommitWaiters owner) : IValueTaskSource
    {
        // What follows a commit runs on the thread pool: the committer must not be held up by it.
        private ManualResetValueTaskSourceCore<bool> _core = new() { RunContinuationsAsynchronously = true };

        public short Version => _core.Version;

        public void Complete() => _core.SetResult(true);

        public void Fail(Exception failure) => _core.SetException(failure);

        public ValueTaskSourceStatus GetStatus(short token) => _core.GetStatus(token);

        public void OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
            _core.OnCompleted(continuation, state, token, flags);

        public void GetResult(short token)
        {
            try
            {
                _core.GetResult(token);
            }
            finally
            {
                _core.Reset();
                owner.Return(this);
            }
        }
    }
}
