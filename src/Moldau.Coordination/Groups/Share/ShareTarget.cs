using Moldau.Coordination.Groups.Assignors;
using Moldau.Coordination.Groups.Modern;

namespace Moldau.Coordination.Groups.Share;

/// <summary>Who is to have which partitions, and how a member comes to it: at once, since nobody has to give up what others get.</summary>
internal static class ShareTarget
{
    /// <summary>Makes the target for the group's present epoch, if that is due.</summary>
    public static void UpdateIfDue(ShareGroupDraft group)
    {
        if (group.Epoch <= group.TargetEpoch) return;
        if (!AssignmentInterval.HasPassed(group.TargetTimestampMs, group.Settings.AssignmentIntervalMs.Value, group.Turn)) return;
        var members = group.Members.ToList();
        var initialized = group.Partitions.Initialized.Partitions.ToLookup(partition => partition.Topic);
        var seen = members.ConvertAll(member =>
            new AssignorMember(member.Id, group.TopicIdsOf(member.Topics), group.Target(member.Id) ?? ShareMember.NoPartitions));
        var assigned = SimpleAssignor.Assign(seen, topic => initialized[topic]);
        group.Turn.Decision.Divide(); // A target counts with its epoch, which comes last; before that it is made anew.
        for (int at = 0; at < members.Count; at++)
        {
            if (group.Target(members[at].Id) is { } former && former.SetEquals(assigned[at])) continue;
            group.PutTarget(members[at].Id, assigned[at]);
        }
        group.FinishTarget(group.Turn.UtcMs);
    }

    /// <summary>
    /// The member in the epoch of the target, with what that gives it of the topics that it is subscribed to. Where topics or subscriptions have
    /// changed, it gives up what it cannot have any more before the target that follows is made.
    /// </summary>
    public static ShareMember Reconcile(ShareGroupDraft group, ShareMember member, bool isNew, bool isRefreshed)
    {
        if (!isNew && !isRefreshed && member.Epoch == group.TargetEpoch) return member;
        var subscribed = group.TopicIdsOf(member.Topics);
        var target = group.Target(member.Id) ?? ShareMember.NoPartitions;
        var assigned = target.Where(partition => subscribed.Contains(partition.Topic)).ToHashSet();
        if (!isNew && member.Epoch == group.TargetEpoch && member.Assigned.SetEquals(assigned)) return member;
        int previousEpoch = member.Epoch == group.TargetEpoch ? member.PreviousEpoch : member.Epoch;
        var reconciled = member with { Epoch = group.TargetEpoch, PreviousEpoch = previousEpoch, Assigned = assigned };
        group.PutAssignment(reconciled);
        return reconciled;
    }
}
