using Moldau.Protocol;

namespace Moldau.Broker.Hosting;

/// <summary>
/// Holds back answers until all that the shard had seen when it gave them is committed: a write that is answered is durable, and a read
/// shows nothing that a power cut could take back. They go out in the order in which they were given: effects rely on it.
/// </summary>
internal sealed class CommitQueue(ICoordinatorLog log)
{
    private readonly Lock _lock = new();
    private readonly Queue<Held> _held = new();
    private bool _isWaiting;

    /// <summary>Offsets never go down from one call to the next.</summary>
    public void Send(IAsker asker, object answer, long endOffset)
    {
        bool waits, begins;
        lock (_lock)
        {
            waits = _isWaiting || !log.IsCommitted(endOffset); // Those before it may be on their way out.
            begins = waits && !_isWaiting;
            if (waits) _held.Enqueue(new Held(asker, answer, endOffset));
            _isWaiting |= begins;
        }
        // Outside of the lock: an effect begins on the spot.
        if (begins) _ = WaitAsync();
        if (!waits) asker.Answer(answer);
    }

    private async Task WaitAsync()
    {
        while (NextOffset() is { } endOffset)
        {
            bool isCommitted = true;
            try
            {
                await log.CommittedAsync(endOffset).ConfigureAwait(false);
            }
            catch (IOException)
            {
                isCommitted = false; // The journal or the partition failed: what waits will never be confirmed.
            }
            foreach (var held in TakeUpTo(endOffset))
            {
                if (isCommitted) held.Asker.Answer(held.Answer);
                else held.Asker.Refuse(ErrorCode.CoordinatorNotAvailable);
            }
        }
    }

    private long? NextOffset()
    {
        lock (_lock)
        {
            if (_held.TryPeek(out var next)) return next.EndOffset;
            _isWaiting = false;
            return null;
        }
    }

    private List<Held> TakeUpTo(long endOffset)
    {
        var taken = new List<Held>();
        lock (_lock)
        {
            while (_held.TryPeek(out var next) && next.EndOffset <= endOffset) taken.Add(_held.Dequeue());
        }
        return taken;
    }

    private readonly record struct Held(IAsker Asker, object Answer, long EndOffset);
}
