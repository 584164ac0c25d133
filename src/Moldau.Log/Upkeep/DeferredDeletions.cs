using Moldau.Log.Segments;

namespace Moldau.Log.Upkeep;

/// <summary>
/// Segments that are out of their logs. Their files have Kafka's suffix for it and stay for a while, so that reads under way end
/// undisturbed; what a stop leaves of them, the next start deletes.
/// </summary>
internal sealed class DeferredDeletions(LogEnvironment environment)
{
    private readonly Lock _lock = new();
    private readonly PriorityQueue<Segment, long> _waiting = new();

    /// <summary>The segment must be out of its log, and its files have the suffix. They go after the delay.</summary>
    public void Add(Segment segment, long delayMs)
    {
        lock (_lock) _waiting.Enqueue(segment, Math.Min(environment.NowMs, long.MaxValue - delayMs) + delayMs);
    }

    public void DeleteDue()
    {
        while (TakeDue() is { } segment)
        {
            segment.Dispose();
            segment.DeleteFiles();
        }
    }

    public void Close()
    {
        lock (_lock)
        {
            while (_waiting.TryDequeue(out var segment, out _)) segment.Dispose();
        }
    }

    private Segment? TakeDue()
    {
        lock (_lock)
        {
            return _waiting.TryPeek(out _, out long dueMs) && dueMs <= environment.NowMs ? _waiting.Dequeue() : null;
        }
    }
}
