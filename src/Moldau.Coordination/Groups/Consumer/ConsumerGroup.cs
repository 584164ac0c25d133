using Moldau.Coordination.Groups.Modern;

namespace Moldau.Coordination.Groups.Consumer;

/// <summary>
/// A group of the consumer protocol (KIP-848): the durable half of its state, which only its records change. Its epoch goes up when members,
/// subscriptions or topics change; a target assignment is made for an epoch; and each member goes on to that by itself.
/// </summary>
internal sealed class ConsumerGroup(string id)
{
    /// <summary>A group that has members and no record of an epoch is in its first.</summary>
    private const int FirstEpoch = 1;

    private readonly MemberTable<ConsumerMember> _members = new();
    private readonly Dictionary<string, IReadOnlySet<TopicIdPartition>> _targets = [];
    private readonly Dictionary<string, ResolvedPattern> _patterns = [];
    private readonly Dictionary<TopicIdPartition, string> _holders = [];
    private readonly Dictionary<string, int> _membersByTopic = [];
    private readonly Dictionary<string, int> _membersByPattern = [];

    public string Id => id;

    public int Epoch { get; set; } = FirstEpoch;

    /// <summary>Of the topics that the group is subscribed to; see <see cref="TopicsHash"/>.</summary>
    public long MetadataHash { get; set; }

    /// <summary>The epoch for which the target assignment was made.</summary>
    public int TargetEpoch { get; set; } = FirstEpoch;

    /// <summary>When the target assignment was made, in UTC, be it for nobody; 0 where none was, or where Kafka made one for nobody.</summary>
    public long TargetTimestampMs { get; set; }

    /// <summary>When the last member left, in UTC; null while there are some, or where it is not stored.</summary>
    public long? EmptySinceMs => Members.Count == 0 && TargetTimestampMs > 0 ? TargetTimestampMs : null;

    /// <summary>The log has a record of its topics as Kafka 4.0 wrote it, which the hash has replaced.</summary>
    public bool HasLegacyMetadata { get; set; }

    public IReadOnlyCollection<ConsumerMember> Members => _members.All;

    public MemberTable<ConsumerMember> MemberTable => _members;

    public IReadOnlyDictionary<string, ResolvedPattern> Patterns => _patterns;

    /// <summary>How many members name each topic; a join must not go through all members for it.</summary>
    public IReadOnlyDictionary<string, int> MembersByTopic => _membersByTopic;

    public IReadOnlyDictionary<string, int> MembersByPattern => _membersByPattern;

    public ConsumerMember? Member(string memberId) => _members.Find(memberId);

    /// <summary>Null where there is no record of it, which is not the same as an empty one.</summary>
    public IReadOnlySet<TopicIdPartition>? Target(string memberId) => _targets.GetValueOrDefault(memberId);

    public IEnumerable<string> IdsWithTarget => _targets.Keys;

    /// <summary>The member that has the partition, or has yet to give it up.</summary>
    public string? HolderOf(TopicIdPartition partition) => _holders.GetValueOrDefault(partition);

    public void Put(ConsumerMember member)
    {
        if (_members.Put(member) is { } former) Forget(former);
        Count(member, by: 1);
        foreach (var partition in member.Assigned.Keys) _holders[partition] = member.Id;
        foreach (var partition in member.PendingRevocation.Keys) _holders[partition] = member.Id;
    }

    public void Remove(string memberId)
    {
        if (_members.Remove(memberId) is { } member) Forget(member);
    }

    public void SetTarget(string memberId, IReadOnlySet<TopicIdPartition>? target)
    {
        if (target is null) _targets.Remove(memberId);
        else _targets[memberId] = target;
    }

    public void SetPattern(string pattern, ResolvedPattern? resolved)
    {
        if (resolved is null) _patterns.Remove(pattern);
        else _patterns[pattern] = resolved;
    }

    private void Forget(ConsumerMember member)
    {
        Count(member, by: -1);
        foreach (var partition in member.Assigned.Keys.Concat(member.PendingRevocation.Keys))
        {
            // Another may have it by now.
            if (HolderOf(partition) == member.Id) _holders.Remove(partition);
        }
    }

    private void Count(ConsumerMember member, int by)
    {
        foreach (string topic in member.Topics) Count(_membersByTopic, topic, by);
        foreach (string pattern in member.Patterns) Count(_membersByPattern, pattern, by);
    }

    private static void Count(Dictionary<string, int> members, string name, int by)
    {
        int count = members.GetValueOrDefault(name) + by;
        if (count == 0) members.Remove(name);
        else members[name] = count;
    }
}
