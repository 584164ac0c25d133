using Moldau.Coordination.Groups.Modern;

namespace Moldau.Coordination.Groups.Consumer;

/// <summary>Members that leave, for good or for a while, or were not heard of in time.</summary>
internal static class ConsumerLeaves
{
    /// <summary>
    /// A static member that will be back keeps its partitions until its session ends; what it had to give up is free. The epochs in which it
    /// got them were those of its present id, and go with that.
    /// </summary>
    public static void GoAway(ConsumerGroupDraft group, ConsumerMember member)
    {
        var away = member with
        {
            Epoch = MemberEpochs.Away,
            Assigned = member.Assigned.Keys.ToDictionary(partition => partition, static _ => MemberEpochs.Joining),
            PendingRevocation = ConsumerMember.NoPartitions,
        };
        group.PutAssignment(away);
        group.Watch.WatchRevocation(away, group.Turn);
    }

    /// <summary>The others get its partitions with the next assignment. A group that is left empty has none to make.</summary>
    public static void Remove(ConsumerGroupDraft group, IReadOnlyCollection<ConsumerMember> leaving)
    {
        foreach (var member in leaving)
        {
            group.Remove(member);
            group.Watch.Forget(member.Id, group.Turn);
        }
        foreach (string pattern in leaving.Select(member => member.Pattern).Distinct(StringComparer.Ordinal)) group.DropUnusedPattern(pattern);
        group.Refresh(membersChanged: true);
        if (group.Members.Count > 0) return;
        group.FinishTarget(group.Turn.UtcMs);
    }
}
