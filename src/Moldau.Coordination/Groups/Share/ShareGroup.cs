using Moldau.Coordination.Groups.Modern;

namespace Moldau.Coordination.Groups.Share;

/// <summary>
/// A share group (KIP-932): the durable half of its state, which only its records change. Epochs are as in consumer groups; partitions may
/// have several members, and those that have no state at the share coordinator yet have none.
/// </summary>
internal sealed class ShareGroup(string id)
{
    /// <summary>A group that has no record of an epoch is in its first.</summary>
    public const int FirstEpoch = 1;

    private readonly Dictionary<string, IReadOnlySet<TopicIdPartition>> _targets = [];

    public string Id => id;

    public int Epoch { get; set; } = FirstEpoch;

    /// <summary>Of the topics that the group is subscribed to; see <see cref="TopicsHash"/>.</summary>
    public long MetadataHash { get; set; }

    /// <summary>The epoch for which the target assignment was made.</summary>
    public int TargetEpoch { get; set; } = FirstEpoch;

    /// <summary>When the target assignment was made, in UTC; 0 where none was, or for nobody.</summary>
    public long TargetTimestampMs { get; set; }

    public MemberTable<ShareMember> Members { get; } = new();

    public SharePartitions Partitions { get; set; } = SharePartitions.None;

    /// <summary>Null where there is no record of it, which is not the same as an empty one.</summary>
    public IReadOnlySet<TopicIdPartition>? Target(string memberId) => _targets.GetValueOrDefault(memberId);

    public IReadOnlyDictionary<string, IReadOnlySet<TopicIdPartition>> Targets => _targets;

    public void SetTarget(string memberId, IReadOnlySet<TopicIdPartition>? target)
    {
        if (target is null) _targets.Remove(memberId);
        else _targets[memberId] = target;
    }
}
