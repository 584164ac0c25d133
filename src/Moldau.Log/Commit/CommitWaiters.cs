using System.Threading.Tasks.Sources;

namespace Moldau.Log.Commit;

/// <summary>Those who wait until a high watermark reaches an offset. Waiting allocates nothing once the pool is warm.</summary>
internal sealed class CommitWaiters(CommitDeadlines deadlines)
{
    private readonly Lock _lock = new();
    private readonly PriorityQueue<Waiter, long> _waiting = new();
    private readonly Stack<Waiter> _pool = new();
    private long _reached;
    private Exception? _failure;
    private bool _isWatched;

    /// <summary>Completes when <see cref="Reached"/> was called with the offset or more; faults when <see cref="Fail"/> was.</summary>
    /// <param name="endOffset">What is waited for.</param>
    /// <param name="deadline">The timestamp at which the wait ends in any case, or a little later.</param>
    /// <param name="hurry">Once it is cancelled the wait ends with <see cref="Stalled"/> too.</param>
    public ValueTask WaitAsync(long endOffset, long deadline = long.MaxValue, CancellationToken hurry = default)
    {
        Waiter? waiter;
        ValueTask waiting;
        lock (_lock)
        {
            if (_reached >= endOffset) return ValueTask.CompletedTask;
            if (_failure is not null) return ValueTask.FromException(_failure);
            if (deadline < long.MaxValue && !IsInTime(deadline)) return ValueTask.CompletedTask;
            if (!_pool.TryPop(out waiter)) waiter = new Waiter(this);
            waiter.Deadline = deadline;
            _waiting.Enqueue(waiter, endOffset);
            waiting = new ValueTask(waiter, waiter.Version);
        }
        // Without the lock, since it may call at once. The waiter cannot be another's before its task is awaited.
        waiter.HurryOn(hurry);
        return waiting;
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

    /// <summary>Nobody knows when anything more will be reached: who is in a hurry waits no more.</summary>
    public void Stalled()
    {
        lock (_lock) EndWhere(static (waiter, _) => waiter.IsInHurry, 0);
    }

    /// <summary>Ends the waits whose deadline is over. False if nobody waits any more who has one: then it need not be called again.</summary>
    public bool EndLate(long now)
    {
        lock (_lock)
        {
            EndWhere(static (waiter, now) => waiter.Deadline <= now, now);
            _isWatched = false;
            foreach (var (waiter, _) in _waiting.UnorderedItems) _isWatched |= waiter.Deadline < long.MaxValue;
            return _isWatched;
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

    /// <summary>Whether there is time left; if so, the wait is seen to end by then.</summary>
    private bool IsInTime(long deadline)
    {
        if (deadlines.Now >= deadline) return false;
        if (!_isWatched) deadlines.Watch(this);
        _isWatched = true;
        return true;
    }

    private void EndWhere(Func<Waiter, long, bool> isOver, long now)
    {
        bool any = false;
        foreach (var (waiter, _) in _waiting.UnorderedItems) any |= isOver(waiter, now);
        if (!any) return;
        // All are looked at once: to take single ones out of the queue costs a walk through it for each.
        var all = _waiting.UnorderedItems.ToArray();
        _waiting.Clear();
        foreach (var (waiter, endOffset) in all)
        {
            if (isOver(waiter, now)) waiter.Complete();
            else _waiting.Enqueue(waiter, endOffset);
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
        private CancellationTokenRegistration _hurry;

        public short Version => _core.Version;

        /// <summary>Guarded by the owner's lock.</summary>
        public bool IsInHurry { get; private set; }

        /// <summary>Likewise.</summary>
        public long Deadline { get; set; }

        public void HurryOn(CancellationToken hurry) => _hurry = hurry.UnsafeRegister(static waiter => ((Waiter)waiter!).Hurry(), this);

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
                _hurry.Dispose(); // It waits for a call that is under way: what comes after it is another's wait.
                _core.Reset();
                IsInHurry = false;
                owner.Return(this);
            }
        }

        private void Hurry()
        {
            lock (owner._lock) IsInHurry = true;
        }
    }
}
