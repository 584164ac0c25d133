using Moldau.Coordination.Groups.Modern;
using Moldau.Coordination.Groups.Streams.Assignment;

namespace Moldau.Coordination.Groups.Streams;

/// <summary>Makes the target assignment of a group for its present epoch.</summary>
internal static class StreamsTargets
{
    /// <summary>Why there is no new target yet, though there is a new epoch; null where there is one, or none is needed.</summary>
    public static string? UpdateIfDue(StreamsGroupDraft group)
    {
        if (group.Watch.IsDelayed) return "The group waits for further members before it gives out tasks for the first time.";
        if (group.Epoch <= group.TargetEpoch) return null;
        if (!AssignmentInterval.HasPassed(group.TargetTimestampMs, group.Settings.AssignmentIntervalMs.Value, group.Turn))
            return "The last assignment was made a moment ago; the next one follows when it has stood for the assignment interval.";
        Update(group);
        return null;
    }

    public static void Update(StreamsGroupDraft group)
    {
        var members = group.Members.ToList();
        var assigned = Assign(group, members);
        group.Turn.Decision.Divide(); // A target counts with its epoch, which comes last; before that it is made anew.
        for (int at = 0; at < members.Count; at++)
        {
            if (group.Target(members[at].Id) is { } former && former.IsSameAs(assigned[at])) continue;
            group.PutTarget(members[at].Id, assigned[at]);
        }
        group.FinishTarget(group.Turn.UtcMs);
    }

    /// <summary>Without all of its topics a topology has no tasks.</summary>
    private static IReadOnlyList<MemberTasks> Assign(StreamsGroupDraft group, List<StreamsMember> members)
    {
        var resolved = group.Topology is { } topology ? group.Watch.Resolve(topology, group.Turn) : new ResolvedTopology();
        if (!resolved.IsReady) return members.ConvertAll(_ => MemberTasks.None);
        var seen = members.ConvertAll(member => new AssignableMember(member.Id, member.ProcessId, member.Assigned)
        {
            Tags = member.Tags,
            Restored = group.Watch.Offsets.Of(member.Id).Restored,
        });
        return StickyTaskAssignor.Assign(seen, resolved.Subtopologies, group.Settings.StandbyReplicas.Value, group.Settings.RackTags);
    }
}
