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

    private readonly Dictionary<int, Lane> _lanes = [];

    // Each lane that holds something, by its first message: a topic may have thousands of partitions, and none is looked at per message.
    private readonly PriorityQueue<Lane, Place> _heads = new();
    private int _emptyAtEnd;
    private int _emptyUnanswered;

    /// <summary>Starts afresh with these partitions; what was held is dropped, as another member reads it now.</summary>
    public void Assign(IEnumerable<int> partitions)
    {
        _lanes.Clear();
        _heads.Clear();
        foreach (int partition in partitions)
        {
            _lanes[partition] = new Lane();
        }

        (_emptyAtEnd, _emptyUnanswered) = (0, _lanes.Count);
    }

    public void Add(in Message message, long nowMs)
    {
        if (!_lanes.TryGetValue(message.Partition, out var lane))
        {
            return;
        }

        if (lane.Held.Count == 0)
        {
            CountEmpty(lane, -1);
            _heads.Enqueue(lane, message.Place);
        }

        lane.Held.Enqueue((message, nowMs));
        lane.AtEnd = false;
    }

    /// <summary>The partition has nothing more at the moment.</summary>
    public void ReachedEnd(int partition)
    {
        if (!_lanes.TryGetValue(partition, out var lane) || lane.AtEnd)
        {
            return;
        }

        bool isEmpty = lane.Held.Count == 0;
        if (isEmpty) CountEmpty(lane, -1);
        lane.AtEnd = true;
        if (isEmpty) CountEmpty(lane, 1);
    }

    public int Held(int partition) => _lanes.TryGetValue(partition, out var lane) ? lane.Held.Count : 0;

    /// <summary>Takes the next message in order, if it needs to wait no longer.</summary>
    public bool TryTake(long nowMs, out Message message)
    {
        message = default;
        if (WaitMs(nowMs) is not 0)
        {
            return false;
        }

        var lane = _heads.Dequeue();
        message = lane.Held.Dequeue().Message;
        if (lane.Held.TryPeek(out var next)) _heads.Enqueue(lane, next.Message.Place);
        else CountEmpty(lane, 1);
        return true;
    }

    /// <summary>How long until <see cref="TryTake"/> has something, if nothing more comes; null when nothing is held.</summary>
    public long? WaitMs(long nowMs)
    {
        long boundMs = _emptyUnanswered > 0 ? SilenceMs : _emptyAtEnd > 0 ? DelayMs : 0;
        return _heads.TryPeek(out var earliest, out _) ? Math.Max(0, earliest.Held.Peek().ArrivedMs + boundMs - nowMs) : null;
    }

    private void CountEmpty(Lane lane, int change)
    {
        if (lane.AtEnd) _emptyAtEnd += change;
        else _emptyUnanswered += change;
    }

    private sealed class Lane
    {
        public Queue<(Message Message, long ArrivedMs)> Held { get; } = new();

        public bool AtEnd { get; set; }
    }
}
