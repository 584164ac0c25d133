using Moldau.Protocol.Messages;

namespace Moldau.Broker.Handlers.Records;

/// <summary>
/// What the broker remembers of an incremental fetch (KIP-227): the partitions in the order in which they are served. One that has
/// delivered goes to the end, so that under a byte limit all get their turn.
/// </summary>
internal sealed class FetchSession(int id, bool usesTopicIds)
{
    private readonly LinkedList<FetchTarget> _order = [];
    private readonly Dictionary<FetchKey, LinkedListNode<FetchTarget>> _byKey = [];

    public int Id => id;

    public bool UsesTopicIds => usesTopicIds;

    /// <summary>The epoch that the next request must carry. It counts from 1, and again after the largest number.</summary>
    public int NextEpoch { get; private set; } = 1;

    /// <summary>When it was used last, as a timestamp of the broker's clock. Guarded by the sessions' lock.</summary>
    public long UsedAt { get; set; }

    public int Count { get { lock (_order) return _byKey.Count; } }

    public List<FetchTarget> Targets { get { lock (_order) return [.. _order]; } }

    public void Advance() => NextEpoch = NextEpoch == int.MaxValue ? 1 : NextEpoch + 1;

    /// <summary>Adds or changes what the request names, and then forgets what it wants forgotten.</summary>
    public void Update(FetchRequest request)
    {
        lock (_order)
        {
            foreach (var topic in request.Topics)
            {
                foreach (var partition in topic.Partitions)
                {
                    Put(new FetchKey(topic.Topic, topic.TopicId, partition.Partition)).Update(partition);
                }
            }
            foreach (var topic in request.ForgottenTopicsData)
            {
                foreach (int partition in topic.Partitions) Forget(new FetchKey(topic.Topic, topic.TopicId, partition));
            }
        }
    }

    public void MoveToEnd(FetchTarget target)
    {
        lock (_order)
        {
            // It may have been forgotten by another request meanwhile.
            if (!_byKey.TryGetValue(target.Key, out var node)) return;
            _order.Remove(node);
            _order.AddLast(node);
        }
    }

    private FetchTarget Put(FetchKey key)
    {
        if (_byKey.TryGetValue(key, out var known)) return known.Value;
        var target = new FetchTarget(key);
        _byKey.Add(key, _order.AddLast(target));
        return target;
    }

    private void Forget(FetchKey key)
    {
        if (_byKey.Remove(key, out var node)) _order.Remove(node);
    }
}
