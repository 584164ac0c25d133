namespace Moldau.Coordination.Groups.Streams;

/// <summary>What a member is to have, and what stands in its way.</summary>
internal sealed record TaskGoal
{
    public required int TargetEpoch { get; init; }

    public required MemberTasks Target { get; init; }

    /// <summary>The other members that have the task in any role, or have yet to give it up.</summary>
    public required Func<TaskId, IEnumerable<StreamsMember>> OthersWith { get; init; }

    /// <summary>The tasks that the member says it owns; null where it does not say.</summary>
    public required MemberTasks? Owned { get; init; }
}

/// <summary>
/// Takes a member one step towards its target: it gives up first, then goes on to the target's epoch, and gets what others have given up. So
/// no task is active in two places, nor twice in a process. A task whose state the member has already changes its role with it, so that
/// the state need not be built up again.
/// </summary>
internal static class TaskReconciliation
{
    /// <summary>The member after the step; the same one if there was nothing to do.</summary>
    public static StreamsMember Step(StreamsMember member, TaskGoal goal) => member.State switch
    {
        StreamsMemberState.Stable when member.Epoch == goal.TargetEpoch => member,
        StreamsMemberState.UnrevokedTasks when StillOwns(goal, member.PendingRevocation) => member,
        _ => Advance(member, goal),
    };

    /// <summary>A member that says nothing has given nothing up.</summary>
    private static bool StillOwns(TaskGoal goal, MemberTasks revoked) => goal.Owned is not { } owned || owned.Overlaps(revoked);

    private static StreamsMember Advance(StreamsMember member, TaskGoal goal)
    {
        var (assigned, target) = (member.Assigned, goal.Target);
        var active = Grant(assigned.Active, target.Active, task => IsFreeToRun(member, task, goal), out bool waits);
        var standby = Grant(assigned.Standby, target.Standby, task => IsFreeToKeep(member, task, goal), out bool waitsForStandby);
        var warmup = Grant(assigned.Warmup, target.Warmup, task => IsFreeToKeep(member, task, goal), out bool waitsForWarmup);
        var revoked = new MemberTasks(
            Except(assigned.Active, target.Active),
            Leaving(assigned.Standby, target.Standby, target.Active, warmup),
            Leaving(assigned.Warmup, target.Warmup, target.Active, standby));
        if (!revoked.IsEmpty && StillOwns(goal, revoked)) return WhileRevoking(member, goal, revoked, standby, warmup);

        // What becomes active is kept ready until it does.
        standby.UnionWith(assigned.Standby.Where(task => target.Active.Contains(task) && !active.Contains(task)));
        warmup.UnionWith(assigned.Warmup.Where(task => target.Active.Contains(task) && !active.Contains(task)));
        bool waitsForAny = waits || waitsForStandby || waitsForWarmup;
        var state = waitsForAny ? StreamsMemberState.UnreleasedTasks : StreamsMemberState.Stable;
        var next = new MemberTasks(active, standby, warmup);
        // While it waits, the epoch before this one is good up to its next heartbeat.
        bool isSettled = state == member.State && member.Epoch == goal.TargetEpoch && member.PreviousEpoch == goal.TargetEpoch;
        bool changesNothing = isSettled && next.IsSameAs(assigned) && member.PendingRevocation.IsEmpty;
        return changesNothing ? member : member with
        {
            State = state,
            Epoch = goal.TargetEpoch,
            PreviousEpoch = member.Epoch,
            Assigned = next,
            PendingRevocation = MemberTasks.None,
            ActiveSince = active.ToDictionary(task => task, task => SinceWhen(member, task, goal.TargetEpoch)),
        };
    }

    /// <summary>A task that it had to give up and gets again is active since it got it again.</summary>
    private static int SinceWhen(StreamsMember member, TaskId task, int targetEpoch) =>
        member.PendingRevocation.Active.Contains(task) ? targetEpoch : member.ActiveSince.GetValueOrDefault(task, targetEpoch);

    /// <summary>
    /// The member stays in its epoch and gets nothing new but the other role of what it has: the client can then keep the state as it is.
    /// </summary>
    private static StreamsMember WhileRevoking(
        StreamsMember member, TaskGoal goal, MemberTasks revoked, HashSet<TaskId> standby, HashSet<TaskId> warmup)
    {
        var (assigned, target) = (member.Assigned, goal.Target);
        standby.RemoveWhere(task => !assigned.Standby.Contains(task) && !assigned.Active.Contains(task) && !assigned.Warmup.Contains(task));
        warmup.RemoveWhere(task => !assigned.Warmup.Contains(task) && !assigned.Standby.Contains(task));
        standby.UnionWith(assigned.Standby.Where(target.Active.Contains));
        warmup.UnionWith(assigned.Warmup.Where(target.Active.Contains));
        return member with
        {
            State = StreamsMemberState.UnrevokedTasks,
            PreviousEpoch = member.Epoch,
            Assigned = new MemberTasks(Intersect(assigned.Active, target.Active), standby, warmup),
            PendingRevocation = revoked,
            ActiveSince = assigned.Active.ToDictionary(task => task, task => member.ActiveSince.GetValueOrDefault(task, member.Epoch)),
        };
    }

    /// <summary>What the member has of a role and keeps, and what of its target is free.</summary>
    private static HashSet<TaskId> Grant(IReadOnlySet<TaskId> assigned, IReadOnlySet<TaskId> target, Predicate<TaskId> isFree, out bool waits)
    {
        waits = false;
        var granted = new HashSet<TaskId>();
        foreach (var task in target)
        {
            if (assigned.Contains(task) || isFree(task)) granted.Add(task);
            else waits = true;
        }
        return granted;
    }

    /// <summary>A task is active in one place only, and not where another member of the process has its state.</summary>
    private static bool IsFreeToRun(StreamsMember member, TaskId task, TaskGoal goal) =>
        goal.OthersWith(task).All(other => !IsActiveAt(other, task) && other.ProcessId != member.ProcessId);

    /// <summary>Its state can be kept in many places, but not twice in a process.</summary>
    private static bool IsFreeToKeep(StreamsMember member, TaskId task, TaskGoal goal) =>
        goal.OthersWith(task).All(other => other.ProcessId != member.ProcessId);

    private static bool IsActiveAt(StreamsMember member, TaskId task) =>
        member.Assigned.Active.Contains(task) || member.PendingRevocation.Active.Contains(task);

    /// <summary>What becomes active, or is kept in the other role, is not given up.</summary>
    private static HashSet<TaskId> Leaving(
        IReadOnlySet<TaskId> assigned, IReadOnlySet<TaskId> target, IReadOnlySet<TaskId> becomesActive, HashSet<TaskId> otherRole) =>
        [.. assigned.Where(task => !target.Contains(task) && !becomesActive.Contains(task) && !otherRole.Contains(task))];

    private static HashSet<TaskId> Except(IReadOnlySet<TaskId> tasks, IReadOnlySet<TaskId> others) => [.. tasks.Where(task => !others.Contains(task))];

    private static HashSet<TaskId> Intersect(IReadOnlySet<TaskId> tasks, IReadOnlySet<TaskId> others) => [.. tasks.Where(others.Contains)];
}
