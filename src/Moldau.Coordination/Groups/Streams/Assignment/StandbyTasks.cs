namespace Moldau.Coordination.Groups.Streams.Assignment;

/// <summary>
/// Divides the standby tasks of a plan: first where they make a task's places most different by the members' tags, then to who has the
/// state, then to who has least. Where there are fewer processes than copies, some tasks have fewer copies.
/// </summary>
internal sealed class StandbyTasks(TaskPlan plan, TaskQuota quota, int replicas, IReadOnlyList<string> rackTags)
{
    public void Assign(List<TaskId> tasks)
    {
        var racks = rackTags.Count == 0 ? null : new RackDiversity(rackTags, plan.Processes);
        var left = new List<(TaskId Task, int Replicas)>();
        foreach (var task in tasks.OrderByDescending(task => task.Partition).ThenByDescending(task => task.Subtopology, StringComparer.Ordinal))
        {
            int placed = racks is null ? 0 : PlaceApart(task, racks);
            while (placed < replicas && FormerHolder(task) is { } member)
            {
                Give(member, task);
                placed++;
            }
            if (placed < replicas) left.Add((task, replicas - placed));
        }
        HandOut(left);
    }

    /// <summary>Returns how many were placed.</summary>
    private int PlaceApart(TaskId task, RackDiversity racks)
    {
        racks.Begin(plan.RunnerOf(task));
        var formerHolders = FormerHolders(task);
        int placed = 0;
        while (placed < replicas)
        {
            var candidates = racks.Candidates(process => !process.Has(task) && process.LeastCount < quota.PerMember);
            if (candidates.Count == 0) break;
            var chosen = candidates.MinBy(process => (Rank(process), process.Load))!;
            bool goesBack = formerHolders.TryGetValue(chosen, out var holder) && plan.Count(holder.Member) < quota.PerMember;
            Give(goesBack ? holder.Member : chosen.LeastLoaded, task);
            racks.Use(chosen);
            placed++;
        }
        return placed;
        int Rank(TaskProcess process) => formerHolders.TryGetValue(process, out var holder) ? holder.Rank : int.MaxValue;
    }

    /// <summary>By process, its member that had the task, and how good that is: who ran it comes first.</summary>
    private Dictionary<TaskProcess, (int Member, int Rank)> FormerHolders(TaskId task)
    {
        var holders = new Dictionary<TaskProcess, (int, int)>();
        if (plan.FormerRunnerOf(task) is { } runner) holders.Add(plan.ProcessOf(runner), (runner, 0));
        foreach (var (index, keeper) in plan.FormerKeepersOf(task).Index()) holders.TryAdd(plan.ProcessOf(keeper), (keeper, index + 1));
        return holders;
    }

    /// <summary>Who had the task and has room for it, in a process that has it not: who ran it, or of who kept its state the one with least.</summary>
    private int? FormerHolder(TaskId task)
    {
        if (plan.FormerRunnerOf(task) is { } runner && !plan.ProcessOf(runner).Has(task) && plan.Count(runner) < quota.PerMember) return runner;
        int? best = null;
        foreach (int keeper in plan.FormerKeepersOf(task).Where(keeper => !plan.ProcessOf(keeper).Has(task)))
        {
            bool isBetter = best is not { } chosen
                || (plan.ProcessOf(keeper).Load < plan.ProcessOf(chosen).Load && plan.Count(keeper) < plan.Count(chosen));
            if (isBetter) best = keeper;
        }
        return best is { } found && plan.Count(found) < quota.PerMember ? found : null;
    }

    private void HandOut(List<(TaskId Task, int Replicas)> tasks)
    {
        var byLoad = new SortedSet<(double Load, int Process)>(plan.Processes.Select((process, at) => (process.Load, at)));
        foreach (var (task, missing) in tasks.OrderByDescending(entry => entry.Task))
        {
            for (int copy = 0; copy < missing; copy++)
            {
                int? free = byLoad.Select(entry => (int?)entry.Process).FirstOrDefault(process => !plan.Processes[process!.Value].Has(task));
                if (free is not { } at) break;
                byLoad.Remove((plan.Processes[at].Load, at));
                Give(plan.Processes[at].LeastLoaded, task);
                byLoad.Add((plan.Processes[at].Load, at));
            }
        }
    }

    private void Give(int member, TaskId task)
    {
        plan.GiveStandby(member, task);
        quota.Took(plan.Count(member));
    }
}
