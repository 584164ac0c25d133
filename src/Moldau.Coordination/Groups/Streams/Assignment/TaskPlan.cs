namespace Moldau.Coordination.Groups.Streams.Assignment;

/// <summary>An assignment in the making: what each member has, and what each task was before.</summary>
internal sealed class TaskPlan
{
    private readonly IReadOnlyList<AssignableMember> _members;
    private readonly TaskProcess[] _processOf;
    private readonly List<HashSet<TaskId>> _active, _standby;
    private readonly Dictionary<TaskId, TaskProcess> _runners = [];
    private readonly Dictionary<TaskId, int> _formerRunners = [];
    private readonly Dictionary<TaskId, List<FormerKeeper>> _formerKeepers = [];

    public TaskPlan(IReadOnlyList<AssignableMember> members)
    {
        _members = members;
        _active = [.. members.Select(_ => new HashSet<TaskId>())];
        _standby = [.. members.Select(_ => new HashSet<TaskId>())];
        var processes = new SortedDictionary<string, TaskProcess>(StringComparer.Ordinal);
        _processOf = new TaskProcess[members.Count];
        for (int member = 0; member < members.Count; member++)
        {
            var (processId, tags) = (members[member].ProcessId, members[member].Tags);
            if (!processes.TryGetValue(processId, out var process)) processes.Add(processId, process = new TaskProcess(processId, tags));
            process.Add(member);
            _processOf[member] = process;
            Remember(member);
        }
        foreach (var keepers in _formerKeepers.Values) keepers.Sort();
        Processes = [.. processes.Values];
    }

    /// <summary>In the order of their ids, so that the same members get the same assignment wherever it is made.</summary>
    public IReadOnlyList<TaskProcess> Processes { get; }

    public int Count(int member) => _active[member].Count + _standby[member].Count;

    public TaskProcess ProcessOf(int member) => _processOf[member];

    /// <summary>The process in which the task is active in this plan.</summary>
    public TaskProcess RunnerOf(TaskId task) => _runners[task];

    /// <summary>The member in which the task was active; null where it was in none that is left.</summary>
    public int? FormerRunnerOf(TaskId task) => _formerRunners.TryGetValue(task, out int member) ? member : null;

    /// <summary>The members that had the task's state without running it, the best first.</summary>
    public IEnumerable<int> FormerKeepersOf(TaskId task) =>
        _formerKeepers.TryGetValue(task, out var keepers) ? keepers.Select(keeper => keeper.Member) : [];

    public void GiveActive(int member, TaskId task, bool isStateful)
    {
        Give(member, task, _active, isStateless: !isStateful);
        _runners[task] = _processOf[member];
    }

    public void GiveStandby(int member, TaskId task) => Give(member, task, _standby, isStateless: false);

    public IReadOnlyList<MemberTasks> Assigned() =>
        [.. Enumerable.Range(0, _members.Count).Select(member => new MemberTasks(_active[member], _standby[member], MemberTasks.None.Warmup))];

    private void Give(int member, TaskId task, List<HashSet<TaskId>> tasks, bool isStateless)
    {
        _processOf[member].Give(member, Count(member), task, isStateless);
        tasks[member].Add(task);
    }

    private void Remember(int member)
    {
        var (assigned, restored) = (_members[member].Assigned, _members[member].Restored);
        foreach (var task in assigned.Active) _formerRunners[task] = member;
        foreach (var task in assigned.Standby.Concat(assigned.Warmup)) RememberKeeper(task, new FormerKeeper(member, IsAssigned: true, restored.GetValueOrDefault(task)));
        // Who comes back under another id has nothing, but the state is still on its disk.
        foreach (var (task, offset) in restored)
        {
            if (!assigned.Standby.Contains(task) && !assigned.Warmup.Contains(task)) RememberKeeper(task, new FormerKeeper(member, IsAssigned: false, offset));
        }
    }

    private void RememberKeeper(TaskId task, FormerKeeper keeper)
    {
        if (!_formerKeepers.TryGetValue(task, out var keepers)) _formerKeepers.Add(task, keepers = []);
        keepers.Add(keeper);
    }

    /// <summary>Those who have the task come first, and of equals who has more of its state.</summary>
    private readonly record struct FormerKeeper(int Member, bool IsAssigned, long Restored) : IComparable<FormerKeeper>
    {
        public int CompareTo(FormerKeeper other)
        {
            if (IsAssigned != other.IsAssigned) return IsAssigned ? -1 : 1;
            int byRestored = other.Restored.CompareTo(Restored);
            return byRestored != 0 ? byRestored : Member.CompareTo(other.Member);
        }
    }
}
