using Moldau.Coordination.Groups;
using Moldau.Coordination.Tests.Replicas;

namespace Moldau.Coordination.Tests.Groups;

/// <summary>What a shard of groups has stored, and a replica that has read the stored bytes of every record.</summary>
internal sealed class GroupReplica
{
    private static readonly StateComparison BehindCompaction = new() { IgnoresOrder = true };

    private readonly StoredLog _log = new(GroupRecords.Read);
    private readonly DurableGroups _durable = new();

    public void Append(CoordinatorRecord record) => _durable.Apply(_log.Append(record));

    /// <summary>The shard as a restart finds it.</summary>
    public GroupShard Restart(GroupSettings settings)
    {
        var shard = new GroupShard(settings);
        foreach (var record in _log.ReadAll()) shard.Apply(record);
        return shard;
    }

    public void MustEqual(GroupShard shard) => StateComparison.OfAll.MustBeEqual(shard.Durable, _durable);

    /// <summary>The same of what a restart finds behind a compaction.</summary>
    public void MustEqualCompacted(GroupShard shard)
    {
        foreach (bool withTombstones in new[] { true, false })
        {
            var compacted = new DurableGroups();
            foreach (var record in _log.ReadCompacted(withTombstones)) compacted.Apply(record);
            BehindCompaction.MustBeEqual(shard.Durable, compacted);
        }
    }
}
