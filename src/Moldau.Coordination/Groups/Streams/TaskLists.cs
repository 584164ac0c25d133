namespace Moldau.Coordination.Groups.Streams;

/// <summary>Tasks as messages and records have them: the partitions of each subtopology, in order.</summary>
internal static class TaskLists
{
    public static List<TList> Of<TList>(IEnumerable<TaskId> tasks, Func<string, List<int>, TList> make) =>
    [
        .. tasks.Order().GroupBy(task => task.Subtopology, StringComparer.Ordinal)
            .Select(subtopology => make(subtopology.Key, [.. subtopology.Select(task => task.Partition)])),
    ];

    public static HashSet<TaskId> Read<TList>(IEnumerable<TList> lists, Func<TList, (string Subtopology, List<int> Partitions)> parts)
    {
        var tasks = new HashSet<TaskId>();
        foreach (var (subtopology, partitions) in lists.Select(parts))
        {
            foreach (int partition in partitions) tasks.Add(new TaskId(subtopology, partition));
        }
        return tasks;
    }
}
