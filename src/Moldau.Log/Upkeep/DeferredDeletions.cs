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
        long nowMs = environment.NowMs;
        lock (_lock) _waiting.Enqueue(segment, nowMs + Math.Min(delayMs, long.MaxValue - nowMs));
    }

    public void DeleteDue()
    {
        while (TakeDue() is { } segment)
        {
            segment.Dispose();
            segment.Names.DeleteFiles();
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
