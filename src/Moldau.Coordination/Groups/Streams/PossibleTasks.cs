using Topology = Moldau.Protocol.Messages.StreamsGroupTopologyValue;

namespace Moldau.Coordination.Groups.Streams;

/// <summary>The tasks of a topology: those that there are, or all that there may be while topics are missing that say how many.</summary>
internal sealed class PossibleTasks(IReadOnlyDictionary<string, (string Id, int Tasks)> subtopologies)
{
    public static readonly PossibleTasks None = new(new Dictionary<string, (string Id, int Tasks)>());

    public static PossibleTasks Of(Topology topology, IReadOnlyList<ResolvedSubtopology> resolved)
    {
        var subtopologies = new Dictionary<string, (string Id, int Tasks)>(StringComparer.Ordinal);
        foreach (var (id, tasks, _) in resolved) subtopologies[id] = (id, tasks);
        if (resolved.Count > 0) return new PossibleTasks(subtopologies);
        foreach (var subtopology in topology.Subtopologies)
            subtopologies[subtopology.SubtopologyId] = (subtopology.SubtopologyId, TopologyResolution.TasksMax);
        return new PossibleTasks(subtopologies);
    }

    /// <summary>The task with the topology's own string: one that came with each mention of a task would be kept with each.</summary>
    public bool TryFind(string subtopologyId, int partition, out TaskId task)
    {
        bool isPossible = subtopologies.TryGetValue(subtopologyId, out var found) && partition >= 0 && partition < found.Tasks;
        task = isPossible ? new TaskId(found.Id, partition) : default;
        return isPossible;
    }

    public bool Has(TaskId task) => TryFind(task.Subtopology, task.Partition, out _);
}
