using Moldau.Protocol.Messages;

namespace Moldau.Coordination.Groups.Offsets;

/// <summary>
/// Offsets of open transactions: they count when the transaction commits, unless something later was written for the same partition
/// meanwhile. It is the order of the writes that counts, not that of the ends.
/// </summary>
internal sealed class PendingOffsets
{
    private readonly Dictionary<string, Dictionary<TopicPartition, List<Pending>>> _byGroup = [];
    private readonly Dictionary<long, HashSet<(string Group, TopicPartition Partition)>> _byProducer = [];

    /// <summary>Groups that have at least one.</summary>
    public IEnumerable<string> GroupIds => _byGroup.Keys;

    public bool Knows(string groupId) => _byGroup.ContainsKey(groupId);

    public bool Has(string groupId, TopicPartition partition) =>
        _byGroup.TryGetValue(groupId, out var partitions) && partitions.ContainsKey(partition);

    public IEnumerable<TopicPartition> Of(string groupId) =>
        _byGroup.TryGetValue(groupId, out var partitions) ? partitions.Keys : [];

    /// <summary>Those that may still count.</summary>
    public IEnumerable<(string Group, TopicPartition Partition, OffsetCommitValue Value)> All =>
        from partitions in _byGroup
        from partition in partitions.Value
        from write in partition.Value
        where write.Value is not null
        select (partitions.Key, partition.Key, write.Value);

    /// <summary>The latest write of a transaction to a partition stands for the ones before.</summary>
    public void Write(long producerId, string groupId, TopicPartition partition, OffsetCommitValue value)
    {
        if (!_byGroup.TryGetValue(groupId, out var partitions)) _byGroup.Add(groupId, partitions = []);
        if (!partitions.TryGetValue(partition, out var writes)) partitions.Add(partition, writes = []);
        writes.RemoveAll(write => write.ProducerId == producerId);
        writes.Add(new Pending(producerId, value));
        if (!_byProducer.TryGetValue(producerId, out var written)) _byProducer.Add(producerId, written = []);
        written.Add((groupId, partition));
    }

    /// <summary>Something was committed: what is pending stays so, and will not count any more.</summary>
    public void Outdate(string groupId, TopicPartition partition)
    {
        if (!_byGroup.TryGetValue(groupId, out var partitions) || !partitions.TryGetValue(partition, out var writes)) return;
        for (int i = 0; i < writes.Count; i++) writes[i] = writes[i] with { Value = null };
    }

    /// <summary>The partition's offset was deleted, and the pending ones with it.</summary>
    public void Drop(string groupId, TopicPartition partition)
    {
        if (!_byGroup.TryGetValue(groupId, out var partitions) || !partitions.Remove(partition, out var writes)) return;
        if (partitions.Count == 0) _byGroup.Remove(groupId);
        foreach (var write in writes) Forget(write.ProducerId, groupId, partition);
    }

    /// <summary>
    /// Ends the producer's transaction, and returns what of it may count. Its writes outdate those that others made before them if it commits.
    /// </summary>
    public List<(string Group, TopicPartition Partition, OffsetCommitValue Value)> End(long producerId, bool isCommit)
    {
        var counting = new List<(string, TopicPartition, OffsetCommitValue)>();
        if (!_byProducer.Remove(producerId, out var written)) return counting;
        foreach (var (groupId, partition) in written)
        {
            var writes = _byGroup[groupId][partition];
            int at = writes.FindIndex(write => write.ProducerId == producerId);
            if (isCommit && writes[at].Value is { } value)
            {
                counting.Add((groupId, partition, value));
                for (int before = 0; before < at; before++) writes[before] = writes[before] with { Value = null };
            }
            writes.RemoveAt(at);
            if (writes.Count == 0) Drop(groupId, partition);
        }
        return counting;
    }

    private void Forget(long producerId, string groupId, TopicPartition partition)
    {
        if (!_byProducer.TryGetValue(producerId, out var written)) return;
        written.Remove((groupId, partition));
        if (written.Count == 0) _byProducer.Remove(producerId);
    }

    /// <summary>Without a value it is outdated.</summary>
    private readonly record struct Pending(long ProducerId, OffsetCommitValue? Value);
}
