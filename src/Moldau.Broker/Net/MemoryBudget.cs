namespace Moldau.Broker.Net;

/// <summary>
/// Bytes that large frames and answers may take, over all connections. A frame reserves its announced size before its body is read, and is
/// granted it whole, in the order of asking: two half-read frames can never wait for each other. To reserve is not to allocate. How large
/// an answer is shows only when it is written, so it is counted then.
/// </summary>
internal sealed class MemoryBudget(long bytesMax)
{
    private readonly Lock _lock = new();
    private readonly Queue<(long Bytes, TaskCompletionSource Granted)> _waiting = new();
    private long _free = bytesMax;

    public long BytesMax { get; } = bytesMax;

    public long BytesFree { get { lock (_lock) return _free; } }

    /// <summary>Whether somebody waits until others give memory back.</summary>
    public bool IsAwaited { get { lock (_lock) return _waiting.Count > 0; } }

    /// <summary>Whether more is taken than there is; a hint that may be out of date.</summary>
    public bool IsOverdrawn => Volatile.Read(ref _free) < 0;

    /// <summary>Counts memory that is in use already. It may be more than there is, and then whoever reserves waits.</summary>
    public void Take(long bytes)
    {
        lock (_lock) _free -= bytes;
    }

    /// <summary>Waits until no more is taken than there is.</summary>
    public ValueTask BalancedAsync(CancellationToken cancellation) => ReserveAsync(0, cancellation);

    public bool TryReserve(long bytes)
    {
        lock (_lock)
        {
            if (_waiting.Count > 0 || bytes > _free) return false;
            _free -= bytes;
            return true;
        }
    }

    /// <summary>Waits for its turn. When the wait is cancelled nothing is reserved.</summary>
    public async ValueTask ReserveAsync(long bytes, CancellationToken cancellation)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(bytes, BytesMax);
        if (TryReserve(bytes)) return;
        var granted = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_lock) _waiting.Enqueue((bytes, granted));
        Release(0); // Between the attempt and the queueing, memory may have come free.
        // Who gives up at the head of the queue lets those behind him through.
        using var _ = cancellation.Register(() =>
        {
            if (granted.TrySetCanceled(cancellation)) Release(0);
        });
        await granted.Task.ConfigureAwait(false);
    }

    public void Release(long bytes)
    {
        lock (_lock)
        {
            _free += bytes;
            while (_waiting.TryPeek(out var next) && (next.Granted.Task.IsCompleted || next.Bytes <= _free))
            {
                _waiting.Dequeue();
                if (next.Granted.TrySetResult()) _free -= next.Bytes;
            }
        }
    }
}
