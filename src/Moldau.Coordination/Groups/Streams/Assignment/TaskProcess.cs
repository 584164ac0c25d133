namespace Moldau.Coordination.Groups.Streams.Assignment;

/// <summary>A process in an assignment in the making: its members, and the tasks that they have between them. None of them has it twice.</summary>
internal sealed class TaskProcess(string id, IReadOnlyDictionary<string, string> tags)
{
    private readonly HashSet<TaskId> _tasks = [];
    private readonly SortedSet<(int Count, int Member)> _membersByCount = [];
    private int _statelessTasks;

    public string Id => id;

    public IReadOnlyDictionary<string, string> Tags => tags;

    /// <summary>Tasks for each of its members.</summary>
    public double Load => (double)_tasks.Count / _membersByCount.Count;

    /// <summary>The member with the fewest tasks.</summary>
    public int LeastLoaded => _membersByCount.Min.Member;

    public int LeastCount => _membersByCount.Min.Count;

    /// <summary>Active tasks without state for each of its members.</summary>
    public double StatelessLoad => (double)_statelessTasks / _membersByCount.Count;

    public bool Has(TaskId task) => _tasks.Contains(task);

    public void Add(int member) => _membersByCount.Add((0, member));

    /// <summary>The member, which has so many tasks so far, gets another.</summary>
    public void Give(int member, int count, TaskId task, bool isStateless)
    {
        _tasks.Add(task);
        if (isStateless) _statelessTasks++;
        _membersByCount.Remove((count, member));
        _membersByCount.Add((count + 1, member));
    }
}
