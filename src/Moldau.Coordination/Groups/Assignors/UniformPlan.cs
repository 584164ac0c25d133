namespace Moldau.Coordination.Groups.Assignors;

/// <summary>An assignment in the making: who owns each partition, and how many partitions each member has.</summary>
internal sealed class UniformPlan
{
    private const int Nobody = -1;

    /// <summary>
    /// Where members subscribe to different topics, balancing one topic may unbalance another. It converges after two or three rounds;
    /// this bounds the worst case, whose result is only less even.
    /// </summary>
    private const int RoundsMax = 16;

    private readonly IReadOnlyList<AssignorMember> _members;
    private readonly List<Topic> _topics;
    private readonly int[] _loads;

    public UniformPlan(IReadOnlyList<AssignorMember> members, Func<Guid, int> partitionsOf)
    {
        _members = members;
        _loads = new int[members.Count];
        var topics = new Dictionary<Guid, Topic>();
        for (int member = 0; member < members.Count; member++)
        {
            foreach (var id in members[member].Topics)
            {
                if (!topics.TryGetValue(id, out var topic)) topics.Add(id, topic = new Topic(id, partitionsOf(id)));
                topic.Subscribers.Add(member);
            }
        }
        // Where there is least choice comes last: what was assigned before can make room for it when the loads are known.
        _topics =
        [
            .. topics.Values
                .OrderByDescending(topic => (double)topic.Owners.Length / topic.Subscribers.Count)
                .ThenBy(topic => topic.Subscribers.Count)
                .ThenBy(topic => topic.Id),
        ];
    }

    public void KeepWhatFits()
    {
        var topics = _topics.ToDictionary(topic => topic.Id);
        for (int member = 0; member < _members.Count; member++)
        {
            foreach (var (id, partition) in _members[member].Target)
            {
                if (!_members[member].Topics.Contains(id) || (uint)partition >= (uint)topics[id].Owners.Length) continue;
                if (topics[id].Owners[partition] == Nobody) Give(topics[id], partition, member);
            }
        }
    }

    public void HandOutTheRest()
    {
        foreach (var topic in _topics)
        {
            var least = new PriorityQueue<int, (int Load, int Member)>(topic.Subscribers.Select(member => (member, (_loads[member], member))));
            for (int partition = 0; partition < topic.Owners.Length; partition++)
            {
                if (topic.Owners[partition] != Nobody) continue;
                int member = least.Dequeue();
                Give(topic, partition, member);
                least.Enqueue(member, (_loads[member], member));
            }
        }
    }

    public void Balance()
    {
        var movable = _topics.FindAll(topic => topic.Subscribers.Count > 1);
        for (int round = 0; round < RoundsMax; round++)
        {
            int moved = 0;
            foreach (var topic in movable) moved += Balance(topic);
            if (moved == 0) return;
        }
    }

    public IReadOnlyList<HashSet<TopicIdPartition>> Assigned()
    {
        HashSet<TopicIdPartition>[] assigned = [.. _loads.Select(load => new HashSet<TopicIdPartition>(load))];
        foreach (var topic in _topics)
        {
            for (int partition = 0; partition < topic.Owners.Length; partition++)
                assigned[topic.Owners[partition]].Add(new TopicIdPartition(topic.Id, partition));
        }
        return assigned;
    }

    /// <summary>How many partitions of the topic were moved.</summary>
    private int Balance(Topic topic)
    {
        if (IsBalanced(topic)) return 0;
        var owned = OwnedBySubscriber(topic);
        var subscribers = new SortedSet<(int Load, int Member)>(topic.Subscribers.Select(member => (_loads[member], member)));
        var givers = new SortedSet<(int Load, int Member)>(owned.Keys.Select(member => (_loads[member], member)));
        int moved = 0;
        while (givers.Max is var most && subscribers.Min is var least && most.Load - least.Load > 1)
        {
            int partition = owned[most.Member].Pop();
            subscribers.Remove(most);
            subscribers.Remove(least);
            givers.Remove(most);
            givers.Remove(least);
            Give(topic, partition, least.Member);
            if (!owned.TryGetValue(least.Member, out var received)) owned.Add(least.Member, received = []);
            received.Push(partition);
            subscribers.Add((_loads[most.Member], most.Member));
            subscribers.Add((_loads[least.Member], least.Member));
            if (owned[most.Member].Count > 0) givers.Add((_loads[most.Member], most.Member));
            givers.Add((_loads[least.Member], least.Member));
            moved++;
        }
        return moved;
    }

    private bool IsBalanced(Topic topic)
    {
        int least = topic.Subscribers.Min(member => _loads[member]);
        return topic.Owners.All(owner => _loads[owner] - least <= 1);
    }

    /// <summary>The highest numbers come off first, so that what is left are the low ones.</summary>
    private static Dictionary<int, Stack<int>> OwnedBySubscriber(Topic topic)
    {
        var owned = new Dictionary<int, Stack<int>>();
        for (int partition = 0; partition < topic.Owners.Length; partition++)
        {
            if (!owned.TryGetValue(topic.Owners[partition], out var ofOwner)) owned.Add(topic.Owners[partition], ofOwner = []);
            ofOwner.Push(partition);
        }
        return owned;
    }

    private void Give(Topic topic, int partition, int member)
    {
        if (topic.Owners[partition] is not Nobody and var former) _loads[former]--;
        topic.Owners[partition] = member;
        _loads[member]++;
    }

    private sealed class Topic
    {
        public Topic(Guid id, int partitions)
        {
            Id = id;
            Owners = new int[partitions];
            Array.Fill(Owners, Nobody);
        }

        public Guid Id { get; }

        /// <summary>By partition, the place of its owner among the members.</summary>
        public int[] Owners { get; }

        public List<int> Subscribers { get; } = [];
    }
}
