namespace Moldau.Coordination.Groups.Offsets;

/// <summary>
/// Drops the offsets of topics that are gone, lest they count for a topic that is made under the name again. It cannot be known at once
/// whether the tombstones were stored: they are looked for until there is nothing left to drop.
/// </summary>
internal sealed class OffsetsOfGoneTopics(DurableGroups durable)
{
    private HashSet<(string Name, Guid Id)> _dropped = [];

    public void Drop(TopicsGone gone, Turn turn)
    {
        var dropped = durable.AllOffsets.Where(offset => gone.IsGone(offset.Partition.Topic, offset.TopicId)).ToList();
        foreach (var (_, partition, topicId) in dropped) _dropped.Add((partition.Topic, topicId));
        foreach (var (group, partition, _) in dropped.DistinctBy(offset => (offset.Group, offset.Partition)))
            turn.Decision.Append(GroupRecords.Gone(group, partition));
    }

    /// <summary>Drops what is still there of what was to be dropped.</summary>
    public void DropAgain(Turn turn)
    {
        if (_dropped.Count == 0) return;
        var former = _dropped;
        _dropped = [];
        Drop(new TopicsGone((name, id) => former.Contains((name, id))), turn);
    }
}
