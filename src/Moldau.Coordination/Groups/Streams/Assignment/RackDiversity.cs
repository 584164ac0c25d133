namespace Moldau.Coordination.Groups.Streams.Assignment;

/// <summary>
/// Finds the processes for the copies of one task that make its places most different: by the first tag as long as any process has a value
/// of it that no holder has, and of those the ones that are new by most of the following tags; then by the second tag, and so on.
/// </summary>
internal sealed class RackDiversity(IReadOnlyList<string> tags, IReadOnlyList<TaskProcess> processes)
{
    private readonly List<HashSet<string>> _used = [.. tags.Select(_ => new HashSet<string>(StringComparer.Ordinal))];
    private int _first;

    /// <summary>Another task, which is active in that process.</summary>
    public void Begin(TaskProcess runner)
    {
        foreach (var values in _used) values.Clear();
        _first = 0;
        Use(runner);
    }

    /// <summary>The task has a place there.</summary>
    public void Use(TaskProcess process)
    {
        for (int at = 0; at < tags.Count; at++)
        {
            if (process.Tags.TryGetValue(tags[at], out string? value)) _used[at].Add(value);
        }
    }

    /// <summary>Empty when no process makes the places more different.</summary>
    public IReadOnlyList<TaskProcess> Candidates(Predicate<TaskProcess> isEligible)
    {
        for (; _first < tags.Count; _first++)
        {
            var fitting = processes.Where(process => IsNew(process, _first) && isEligible(process)).ToList();
            if (fitting.Count == 0) continue;
            for (int at = _first + 1; at < tags.Count; at++)
            {
                int tag = at;
                var better = fitting.FindAll(process => IsNew(process, tag));
                if (better.Count > 0) fitting = better;
            }
            return fitting;
        }
        return [];
    }

    private bool IsNew(TaskProcess process, int tag) => process.Tags.TryGetValue(tags[tag], out string? value) && !_used[tag].Contains(value);
}
