namespace Moldau.Coordination.Groups.Streams.Assignment;

/// <summary>Divides the active tasks of a plan.</summary>
internal sealed class ActiveTasks(TaskPlan plan, TaskQuota activeQuota, TaskQuota allQuota)
{
    /// <param name="tasks">All with state, or all without; those with state come first.</param>
    /// <param name="isStateful">Which of both.</param>
    /// <param name="quota">Up to which a member keeps what it has.</param>
    public void Assign(List<TaskId> tasks, bool isStateful, TaskQuota quota)
    {
        // Tasks of one partition were side by side, so they are looked at so.
        var left = tasks.OrderBy(task => task.Partition).ThenBy(task => task.Subtopology, StringComparer.Ordinal).ToList();
        left = Keep(left, isStateful, quota, plan.FormerRunnerOf);
        left = Keep(left, isStateful, quota, LeastLoadedKeeper);
        HandOut(left, isStateful);
    }

    /// <summary>Returns what nobody keeps.</summary>
    private List<TaskId> Keep(List<TaskId> tasks, bool isStateful, TaskQuota quota, Func<TaskId, int?> keeperOf)
    {
        var left = new List<TaskId>();
        foreach (var task in tasks)
        {
            if (keeperOf(task) is { } member && plan.Count(member) < quota.PerMember) Give(member, task, isStateful, quota);
            else left.Add(task);
        }
        return left;
    }

    private int? LeastLoadedKeeper(TaskId task)
    {
        int? best = null;
        foreach (int member in plan.FormerKeepersOf(task))
        {
            bool isBetter = best is not { } chosen
                || (plan.ProcessOf(member).Load < plan.ProcessOf(chosen).Load && plan.Count(member) < plan.Count(chosen));
            if (isBetter) best = member;
        }
        return best;
    }

    private void HandOut(List<TaskId> tasks, bool isStateful)
    {
        var least = new PriorityQueue<int, (double Load, double Stateless, int Process)>();
        for (int at = 0; at < plan.Processes.Count; at++) Enqueue(at);
        foreach (var task in tasks.Order())
        {
            int process = least.Dequeue();
            int member = plan.Processes[process].LeastLoaded;
            Give(member, task, isStateful, quota: null);
            Enqueue(process);
        }
        void Enqueue(int process) => least.Enqueue(process, (plan.Processes[process].Load, plan.Processes[process].StatelessLoad, process));
    }

    private void Give(int member, TaskId task, bool isStateful, TaskQuota? quota)
    {
        plan.GiveActive(member, task, isStateful);
        int count = plan.Count(member);
        if (quota != activeQuota) quota?.Took(count);
        activeQuota.Took(count);
        allQuota.Took(count);
    }
}
