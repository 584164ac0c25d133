using Moldau.Coordination.Groups.Modern;
using Moldau.Protocol.Messages;

namespace Moldau.Coordination.Groups.Streams;

/// <summary>
/// A group of the streams protocol (KIP-1071): the durable half of its state, which only its records change. Its epoch goes up when
/// members, topology, topics or settings change; a target assignment of tasks is made for an epoch; and each member goes on to that by itself.
/// </summary>
internal sealed class StreamsGroup(string id)
{
    /// <summary>A group that has members and no record of an epoch is in its first.</summary>
    private const int FirstEpoch = 1;

    /// <summary>Stands for the epoch of a topology where there is none.</summary>
    public const int NoTopologyEpoch = -1;

    private readonly MemberTable<StreamsMember> _members = new();
    private readonly Dictionary<string, MemberTasks> _targets = [];
    private readonly Dictionary<TaskId, List<string>> _holders = [];

    public string Id => id;

    /// <summary>The last record of the group itself; its epoch is the group's.</summary>
    public StreamsGroupMetadataValue Metadata { get; set; } = new() { Epoch = FirstEpoch };

    public int Epoch => Metadata.Epoch;

    /// <summary>The epoch for which the target assignment was made.</summary>
    public int TargetEpoch { get; set; } = FirstEpoch;

    /// <summary>When the target assignment was made, in UTC, be it for nobody; 0 where none was, or where Kafka made one for nobody.</summary>
    public long TargetTimestampMs { get; set; }

    /// <summary>When the last member left, in UTC; null while there are some, or where it is not stored.</summary>
    public long? EmptySinceMs => Members.Count == 0 && TargetTimestampMs > 0 ? TargetTimestampMs : null;

    /// <summary>What the first member brought; null where the log has lost it.</summary>
    public StreamsGroupTopologyValue? Topology { get; set; }

    /// <summary>Whether all topics of the topology were there, and fit it, when the epoch went up last.</summary>
    public bool IsReady => Topology is { } topology && topology.Epoch == Metadata.ValidatedTopologyEpoch;

    public IReadOnlyCollection<StreamsMember> Members => _members.All;

    public MemberTable<StreamsMember> MemberTable => _members;

    public IEnumerable<string> IdsWithTarget => _targets.Keys;

    public StreamsMember? Member(string memberId) => _members.Find(memberId);

    /// <summary>Null where there is no record of it, which is not the same as an empty one.</summary>
    public MemberTasks? Target(string memberId) => _targets.GetValueOrDefault(memberId);

    /// <summary>The members that have the task in any role, or have yet to give it up.</summary>
    public IReadOnlyList<string> HoldersOf(TaskId task) => _holders.TryGetValue(task, out var holders) ? holders : [];

    public void Put(StreamsMember member)
    {
        if (_members.Put(member) is { } former) Forget(former);
        foreach (var task in member.Assigned.All.Concat(member.PendingRevocation.All))
        {
            if (!_holders.TryGetValue(task, out var holders)) _holders.Add(task, holders = []);
            if (!holders.Contains(member.Id)) holders.Add(member.Id);
        }
    }

    public void Remove(string memberId)
    {
        if (_members.Remove(memberId) is { } member) Forget(member);
    }

    public void SetTarget(string memberId, MemberTasks? target)
    {
        if (target is null) _targets.Remove(memberId);
        else _targets[memberId] = target;
    }

    private void Forget(StreamsMember member)
    {
        foreach (var task in member.Assigned.All.Concat(member.PendingRevocation.All))
        {
            if (_holders.TryGetValue(task, out var holders) && holders.Remove(member.Id) && holders.Count == 0) _holders.Remove(task);
        }
    }
}
