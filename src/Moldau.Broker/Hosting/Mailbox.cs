namespace Moldau.Broker.Hosting;

/// <summary>
/// Runs one piece of work at a time, in the order in which it came. Whoever finds it idle runs its own work on the spot, so that without
/// contention there is no hand-over; under contention the one that is at it also runs what comes in, up to a bound, and then leaves it to
/// the pool.
/// </summary>
internal sealed class Mailbox(int requestsMax)
{
    private const int RunsInARowMax = 64;

    private readonly Lock _lock = new();
    private readonly Queue<Action> _waiting = new();
    private bool _isRunning;

    /// <summary>For requests. False: too many wait already.</summary>
    public bool TryPost(Action work)
    {
        lock (_lock)
        {
            if (_waiting.Count >= requestsMax) return false;
        }
        Post(work);
        return true;
    }

    /// <summary>For work that must not be refused and is bounded where it comes from, such as timers.</summary>
    public void Post(Action work)
    {
        if (Enqueue(work)) Run();
    }

    /// <summary>For long work: it has its place in the order from now on, and is run by the pool.</summary>
    public void PostToPool(Action work)
    {
        if (Enqueue(work)) RunOnPool();
    }

    /// <summary>True for the one who now has to run what waits.</summary>
    private bool Enqueue(Action work)
    {
        lock (_lock)
        {
            _waiting.Enqueue(work);
            if (_isRunning) return false;
            _isRunning = true;
            return true;
        }
    }

    private void Run()
    {
        for (int runs = 0; runs < RunsInARowMax; runs++)
        {
            Action? work;
            lock (_lock)
            {
                if (!_waiting.TryDequeue(out work))
                {
                    _isRunning = false;
                    return;
                }
            }
            work();
        }
        RunOnPool();
    }

    private void RunOnPool() => ThreadPool.UnsafeQueueUserWorkItem(static mailbox => mailbox.Run(), this, preferLocal: false);
}
