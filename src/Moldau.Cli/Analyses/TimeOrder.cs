namespace Moldau.Cli.Analyses;

/// <summary>
/// Puts the messages of several partitions into one order: by timestamp, what shares a millisecond by partition, and within a
/// partition always by offset. A message waits until no partition can still bring an earlier one, but never longer than
/// <see cref="DelayMs"/> behind partitions that are read to their end and <see cref="SilenceMs"/> behind one that does not answer.
/// What comes later than that is shown when it comes. One partition alone waits for nothing.
/// </summary>
internal sealed class TimeOrder
{
    public const int DelayMs = 500;
    public const int SilenceMs = 5_000;

    /// <summary>So many messages of one partition are held at most; the reader pauses a partition that is full.</summary>
    public const int HeldPerPartitionMax = 1_000;

    private readonly SortedDictionary<int, Lane> _lanes = [];

    /// <summary>Starts afresh with these partitions; what was held is dropped, as another member reads it now.</summary>
    public void Assign(IEnumerable<int> partitions)
    {
        _lanes.Clear();
        foreach (int partition in partitions)
        {
            _lanes[partition] = new Lane();
        }
    }

    public void Add(in Message message, long nowMs)
    {
        if (_lanes.TryGetValue(message.Partition, out var lane))
        {
            lane.Held.Enqueue((message, nowMs));
            lane.AtEnd = false;
        }
    }

    /// <summary>The partition has nothing more at the moment.</summary>
    public void ReachedEnd(int partition)
    {
        if (_lanes.TryGetValue(partition, out var lane))
        {
            lane.AtEnd = true;
        }
    }

    public int Held(int partition) => _lanes.TryGetValue(partition, out var lane) ? lane.Held.Count : 0;

    /// <summary>Takes the next message in order, if it needs to wait no longer.</summary>
    public bool TryTake(long nowMs, out Message message)
    {
        message = default;
        if (Earliest() is not { } lane || WaitMs(lane, nowMs) > 0)
        {
            return false;
        }

        message = lane.Held.Dequeue().Message;
        return true;
    }

    /// <summary>How long until <see cref="TryTake"/> has something, if nothing more comes; null when nothing is held.</summary>
    public long? WaitMs(long nowMs) => Earliest() is { } lane ? Math.Max(0, WaitMs(lane, nowMs)) : null;

    private long WaitMs(Lane earliest, long nowMs)
    {
        long boundMs = 0;
        foreach (var lane in _lanes.Values)
        {
            if (lane.Held.Count == 0)
            {
                boundMs = Math.Max(boundMs, lane.AtEnd ? DelayMs : SilenceMs);
            }
        }

        return earliest.Held.Peek().ArrivedMs + boundMs - nowMs;
    }

    private Lane? Earliest()
    {
        Lane? earliest = null;
        foreach (var lane in _lanes.Values)
        {
            if (lane.Held.TryPeek(out var head) && (earliest is null || head.Message.Place < earliest.Held.Peek().Message.Place))
            {
                earliest = lane;
            }
        }

        return earliest;
    }

    private sealed class Lane
    {
        public Queue<(Message Message, long ArrivedMs)> Held { get; } = new();

        public bool AtEnd { get; set; }
    }
}
