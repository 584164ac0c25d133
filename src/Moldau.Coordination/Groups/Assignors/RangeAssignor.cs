namespace Moldau.Coordination.Groups.Assignors;

/// <summary>
/// Cuts each topic by itself into ranges of neighbours, one for each of its subscribers in their order, the first ones longer by one where
/// it does not come out even. Topics with equal numbers of partitions and equal subscribers are thus cut alike, for joins.
/// </summary>
internal sealed class RangeAssignor : IAssignor
{
    public string Name => "range";

    public IReadOnlyList<HashSet<TopicIdPartition>> Assign(IReadOnlyList<AssignorMember> members, Func<Guid, int> partitionsOf)
    {
        HashSet<TopicIdPartition>[] assigned = [.. members.Select(_ => new HashSet<TopicIdPartition>())];
        foreach (var (topic, subscribers) in SubscribersByTopic(members))
        {
            int partitions = partitionsOf(topic);
            int next = 0;
            for (int place = 0; place < subscribers.Count; place++)
            {
                int share = (partitions / subscribers.Count) + (place < partitions % subscribers.Count ? 1 : 0);
                for (int end = next + share; next < end; next++) assigned[subscribers[place]].Add(new TopicIdPartition(topic, next));
            }
        }
        return assigned;
    }

    /// <summary>Static members come first, by their instance: so they keep their ranges when they come back under another id.</summary>
    private static Dictionary<Guid, List<int>> SubscribersByTopic(IReadOnlyList<AssignorMember> members)
    {
        var order = Enumerable.Range(0, members.Count)
            .OrderBy(index => members[index].InstanceId is null)
            .ThenBy(index => members[index].InstanceId ?? members[index].Id, StringComparer.Ordinal);
        var subscribers = new Dictionary<Guid, List<int>>();
        foreach (int index in order)
        {
            foreach (var topic in members[index].Topics)
            {
                if (!subscribers.TryGetValue(topic, out var ofTopic)) subscribers.Add(topic, ofTopic = []);
                ofTopic.Add(index);
            }
        }
        return subscribers;
    }
}
