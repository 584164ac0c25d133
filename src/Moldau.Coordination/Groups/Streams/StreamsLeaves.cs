using Moldau.Coordination.Groups.Modern;

namespace Moldau.Coordination.Groups.Streams;

/// <summary>Members that leave, for good or for a while, or were not heard of in time.</summary>
internal static class StreamsLeaves
{
    /// <summary>
    /// A static member that will be back keeps its tasks until its session ends; what it had to give up is free. The epochs in which it got
    /// them were those of its present id, and go with that.
    /// </summary>
    public static void GoAway(StreamsGroupDraft group, StreamsMember member)
    {
        var away = member with
        {
            Epoch = MemberEpochs.Away,
            PendingRevocation = MemberTasks.None,
            ActiveSince = member.Assigned.Active.ToDictionary(task => task, static _ => MemberEpochs.Joining),
        };
        group.PutAssignment(away);
        group.Watch.WatchRevocation(away, group.Turn);
    }

    /// <summary>The others get its tasks with the next assignment. A group that is left empty has none to make, and keeps its topology.</summary>
    public static void Remove(StreamsGroupDraft group, StreamsMember member)
    {
        group.Remove(member);
        group.Watch.Forget(member.Id, group.Turn);
        if (member.Endpoint is not null) group.Watch.EndpointEpoch++;
        group.NextEpoch(group.Metadata.MetadataHash, group.Metadata.ValidatedTopologyEpoch);
        if (group.Members.Count > 0) return;
        group.FinishTarget(group.Turn.UtcMs);
        group.Watch.ForgetAll(group.Turn);
    }
}
