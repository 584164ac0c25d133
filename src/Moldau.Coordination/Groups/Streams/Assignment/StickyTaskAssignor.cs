namespace Moldau.Coordination.Groups.Streams.Assignment;

/// <summary>
/// Kafka's assignor of tasks: members keep what they have, or what they have the state of, as long as all get about equally many; what is
/// left goes to the process with least, whole subtopologies side by side. Standby tasks follow, in other processes than the active one.
/// It is the one that Kafka has after 4.4: tasks with state are divided first, evenly by themselves, then those without; and tags of members
/// put standby tasks apart. 4.4's divides all alike, and only asks members for the tags. It gives out no warm-up tasks, as 4.4 does not.
/// </summary>
internal static class StickyTaskAssignor
{
    public const string Name = "sticky";

    /// <summary>The tasks of each member, in the order of the members.</summary>
    public static IReadOnlyList<MemberTasks> Assign(
        IReadOnlyList<AssignableMember> members, IReadOnlyList<ResolvedSubtopology> subtopologies, int standbyReplicas, IReadOnlyList<string> rackTags)
    {
        if (members.Count == 0) return [];
        var plan = new TaskPlan(members);
        var stateful = TasksOf(subtopologies.Where(subtopology => subtopology.IsStateful));
        var stateless = TasksOf(subtopologies.Where(subtopology => !subtopology.IsStateful));
        int active = stateful.Count + stateless.Count;
        var allQuota = new TaskQuota(active + (stateful.Count * standbyReplicas), members.Count);
        var activeQuota = new TaskQuota(active, members.Count);
        var actives = new ActiveTasks(plan, activeQuota, allQuota);
        actives.Assign(stateful, isStateful: true, new TaskQuota(stateful.Count, members.Count));
        actives.Assign(stateless, isStateful: false, activeQuota);
        if (standbyReplicas > 0) new StandbyTasks(plan, allQuota, standbyReplicas, rackTags).Assign(stateful);
        return plan.Assigned();
    }

    private static List<TaskId> TasksOf(IEnumerable<ResolvedSubtopology> subtopologies) =>
    [
        .. subtopologies.SelectMany(subtopology => Enumerable.Range(0, subtopology.Tasks).Select(partition => new TaskId(subtopology.Id, partition))),
    ];
}
