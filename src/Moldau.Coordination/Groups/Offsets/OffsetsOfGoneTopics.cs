using Moldau.Protocol.Messages;

namespace Moldau.Coordination.Groups.Offsets;

/// <summary>
/// Drops the offsets of topics that are gone, lest they count for a topic that is made under the name again. It cannot be known at once
/// whether the tombstones were stored: the same offsets are looked for until there is nothing left to drop. Others may have been committed for
/// the new topic meanwhile, and older clients do not say for which one.
/// </summary>
internal sealed class OffsetsOfGoneTopics(DurableGroups durable)
{
    private HashSet<object> _dropped = NoOffsets();

    public void Drop(TopicsGone gone, Turn turn) => Drop(offset => gone.IsGone(offset.Topic, offset.Value.TopicId), turn);

    /// <summary>Drops what is still there of what was to be dropped.</summary>
    public void DropAgain(Turn turn)
    {
        if (_dropped.Count == 0) return;
        var former = _dropped;
        _dropped = NoOffsets();
        Drop(offset => former.Contains(offset.Value), turn);
    }

    private void Drop(Func<(string Topic, OffsetCommitValue Value), bool> isGone, Turn turn)
    {
        var dropped = durable.AllOffsets.Where(offset => isGone((offset.Partition.Topic, offset.Value))).ToList();
        foreach (var offset in dropped) _dropped.Add(offset.Value);
        foreach (var (group, partition, _) in dropped.DistinctBy(offset => (offset.Group, offset.Partition)))
            turn.Decision.Append(GroupRecords.Gone(group, partition));
    }

    /// <summary>Offsets with the same content are not the same.</summary>
    private static HashSet<object> NoOffsets() => new(ReferenceEqualityComparer.Instance);
}
