using Told = Moldau.Protocol.Messages.StreamsGroupHeartbeatRequest.TaskOffset;
using Topology = Moldau.Protocol.Messages.StreamsGroupTopologyValue;

namespace Moldau.Coordination.Groups.Streams;

/// <summary>How far a member has restored the state of its tasks, and how far there is to go; it says so from time to time.</summary>
internal sealed record TaskOffsets(IReadOnlyDictionary<TaskId, long> Restored, IReadOnlyDictionary<TaskId, long> Ends)
{
    private static readonly IReadOnlyDictionary<TaskId, long> Unknown = new Dictionary<TaskId, long>();

    public static readonly TaskOffsets None = new(Unknown, Unknown);

    /// <param name="restored">Null where the member says nothing new of it; so with the ends.</param>
    /// <param name="ends">Where the changelogs end.</param>
    /// <param name="topology">The group's. Its topics may be missing: members say so when they join, and not again while it stays the same.</param>
    public TaskOffsets With(List<Told>? restored, List<Told>? ends, Topology topology)
    {
        var subtopologies = topology.Subtopologies.Select(subtopology => subtopology.SubtopologyId).ToHashSet(StringComparer.Ordinal);
        return new TaskOffsets(
            restored is null ? Restored : Read(restored, subtopologies),
            ends is null ? Ends : Read(ends, subtopologies));
    }

    /// <summary>Of tasks that there may be, and no more than those: nothing else bounds what is kept.</summary>
    private static Dictionary<TaskId, long> Read(List<Told> told, HashSet<string> subtopologies)
    {
        var offsets = new Dictionary<TaskId, long>();
        foreach (var offset in told)
        {
            bool mayBeTask = offset.Partition is >= 0 and < TopologyResolution.TasksMax && subtopologies.Contains(offset.SubtopologyId);
            if (mayBeTask && offsets.Count < TopologyResolution.TasksMax) offsets[new TaskId(offset.SubtopologyId, offset.Partition)] = offset.Offset;
        }
        return offsets;
    }
}
