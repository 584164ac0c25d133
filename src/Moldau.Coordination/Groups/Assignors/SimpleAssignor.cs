namespace Moldau.Coordination.Groups.Assignors;

/// <summary>
/// Divides the partitions of a share group, where a partition may have several members: as few as it takes for each member to have one.
/// Everybody gets about the same number, and keeps of what he had what fits. Where members differ in their topics, each topic is divided by
/// itself.
/// </summary>
internal static class SimpleAssignor
{
    public const string Name = "simple";

    /// <summary>The partitions of each member, in the order of the members.</summary>
    public static IReadOnlyList<HashSet<TopicIdPartition>> Assign(
        IReadOnlyList<AssignorMember> members, Func<Guid, IEnumerable<TopicIdPartition>> partitionsOf)
    {
        HashSet<TopicIdPartition>[] assigned = [.. members.Select(_ => new HashSet<TopicIdPartition>())];
        var all = Enumerable.Range(0, members.Count).ToList();
        if (members.Count == 0) return assigned;
        if (members.All(member => member.Topics.SetEquals(members[0].Topics)))
        {
            Divide([.. members[0].Topics.Order().SelectMany(partitionsOf)], all);
            return assigned;
        }
        foreach (var topic in members.SelectMany(member => member.Topics).Distinct().Order())
            Divide([.. partitionsOf(topic)], all.FindAll(index => members[index].Topics.Contains(topic)));
        return assigned;

        void Divide(List<TopicIdPartition> partitions, List<int> sharers)
        {
            if (partitions.Count > 0) new SimpleDivision(partitions, sharers.ConvertAll(index => (members[index].Target, assigned[index]))).Divide();
        }
    }
}

/// <summary>One division of some partitions among some members, of whom it is known what they had.</summary>
internal sealed class SimpleDivision(
    IReadOnlyList<TopicIdPartition> partitions, IReadOnlyList<(IReadOnlySet<TopicIdPartition> Former, HashSet<TopicIdPartition> Assigned)> members)
{
    /// <summary>Of how many members each partition is.</summary>
    private readonly int _sharing = (members.Count + partitions.Count - 1) / partitions.Count;

    private readonly Dictionary<TopicIdPartition, int> _sharers = partitions.ToDictionary(partition => partition, _ => 0);
    private readonly int[] _room = new int[members.Count];

    public void Divide()
    {
        MakeRoom();
        Keep();
        foreach (var partition in partitions) HandOut(partition);
    }

    /// <summary>Who had most gets what is over, so that he has to give less up.</summary>
    private void MakeRoom()
    {
        var (each, over) = Math.DivRem(_sharing * partitions.Count, members.Count);
        int[] byFormer = [.. Enumerable.Range(0, members.Count).OrderByDescending(index => members[index].Former.Count(_sharers.ContainsKey))];
        for (int place = 0; place < byFormer.Length; place++) _room[byFormer[place]] = each + (place < over ? 1 : 0);
    }

    private void Keep()
    {
        for (int index = 0; index < members.Count; index++)
        {
            foreach (var partition in members[index].Former.Order())
            {
                if (_room[index] > 0 && _sharers.TryGetValue(partition, out int sharers) && sharers < _sharing) Give(partition, index);
            }
        }
    }

    /// <summary>To those who have most room. If only members have room that have the partition already, others get one more than their share.</summary>
    private void HandOut(TopicIdPartition partition)
    {
        int missing = _sharing - _sharers[partition];
        if (missing == 0) return;
        var takers = Enumerable.Range(0, members.Count)
            .Where(index => !members[index].Assigned.Contains(partition))
            .OrderByDescending(index => _room[index]);
        foreach (int index in takers.Take(missing).ToList()) Give(partition, index);
    }

    private void Give(TopicIdPartition partition, int index)
    {
        members[index].Assigned.Add(partition);
        _room[index]--;
        _sharers[partition]++;
    }
}
