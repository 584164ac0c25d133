using Moldau.Coordination.Groups;

namespace Moldau.Broker.Sharing;

/// <summary>A member of a share group, as it fetches from this broker.</summary>
internal readonly record struct ShareSessionKey(string GroupId, string MemberId);

/// <summary>What a member fetches from this broker, from one request to the next.</summary>
internal sealed class ShareSession(ShareSessionKey key)
{
    private readonly LinkedList<TopicIdPartition> _order = [];
    private readonly Dictionary<TopicIdPartition, LinkedListNode<TopicIdPartition>> _fetched = [];
    private readonly HashSet<TopicIdPartition> _left = [];
    private volatile bool _isOver;

    public ShareSessionKey Key => key;

    /// <summary>The epoch that the next request must carry. It counts from 1, and again after the largest number.</summary>
    public int NextEpoch { get; private set; } = 1;

    /// <summary>Whether it has ended, or another has taken its place.</summary>
    public bool IsOver => _isOver;

    /// <summary>Waits for the end of the connection to which the session belongs.</summary>
    public CancellationTokenRegistration Connection { get; set; }

    /// <summary>Partitions that are remembered, whether they are still fetched or not.</summary>
    public int Count => _fetched.Count + _left.Count;

    /// <summary>What is fetched, in the order in which the client named it first, but what had records for it last of all.</summary>
    public IReadOnlyList<TopicIdPartition> Partitions => [.. _order];

    /// <summary>Of what the member may have records: also of partitions that it fetches no longer.</summary>
    public IEnumerable<TopicIdPartition> Remembered => _fetched.Keys.Concat(_left);

    /// <summary>Partitions that are fetched no longer, and of which the member may have records.</summary>
    public IReadOnlyCollection<TopicIdPartition> Left => _left;

    /// <summary>How often one of those had records for the member all the same, as it was read before it was left.</summary>
    public int ServedLeft { get; private set; }

    public void Advance() => NextEpoch = NextEpoch == int.MaxValue ? 1 : NextEpoch + 1;

    public void End() => _isOver = true;

    public void Add(TopicIdPartition partition)
    {
        _left.Remove(partition);
        if (!_fetched.ContainsKey(partition)) _fetched.Add(partition, _order.AddLast(partition));
    }

    /// <summary>
    /// The partition had records for the member: the others have theirs before it has more. One that was left meanwhile is remembered again.
    /// </summary>
    public void Served(TopicIdPartition partition)
    {
        if (_fetched.TryGetValue(partition, out var node))
        {
            _order.Remove(node);
            _order.AddLast(node);
            return;
        }
        _left.Add(partition);
        ServedLeft++;
    }

    public void Forget(TopicIdPartition partition)
    {
        if (!_fetched.Remove(partition, out var node)) return;
        _order.Remove(node);
        _left.Add(partition);
    }

    /// <summary>Of what the member's session before this one fetched it may have records, and acknowledge them.</summary>
    public void TakeOver(IEnumerable<TopicIdPartition> remembered) => _left.UnionWith(remembered.Where(partition => !_fetched.ContainsKey(partition)));

    /// <summary>The member has nothing of these.</summary>
    public void Prune(IEnumerable<TopicIdPartition> done) => _left.ExceptWith(done);
}
