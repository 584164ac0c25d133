using Told = Moldau.Protocol.Messages.StreamsGroupHeartbeatRequest.TaskOffset;

namespace Moldau.Coordination.Groups.Streams;

/// <summary>The offsets of tasks that the members of a group told. What is kept is bounded for all of them together.</summary>
internal sealed class GroupTaskOffsets
{
    private readonly Dictionary<string, TaskOffsets> _byMember = new(StringComparer.Ordinal);
    private int _count;

    public TaskOffsets Of(string memberId) => _byMember.GetValueOrDefault(memberId, TaskOffsets.None);

    /// <summary>
    /// Takes what a member tells, of tasks that are possible: its topics may be missing, and it says so when it joins and not again while
    /// that stays the same. What exceeds the bound is not kept; then a task may be given to who has less of its state.
    /// </summary>
    /// <param name="memberId">Who tells it.</param>
    /// <param name="restored">Null where the member says nothing new of it; so with the ends.</param>
    /// <param name="ends">Where the changelogs end.</param>
    /// <param name="tasks">The group's.</param>
    /// <param name="copies">In so many members each task may be at most.</param>
    public void Take(string memberId, List<Told>? restored, List<Told>? ends, PossibleTasks tasks, int copies)
    {
        var former = Of(memberId);
        int room = (2 * copies * TopologyResolution.TasksMax) - (_count - former.Count); // Each copy has an offset, and an end.
        var keptRestored = restored is null ? former.Restored : Read(restored, tasks, room - (ends is null ? former.Ends.Count : 0));
        var keptEnds = ends is null ? former.Ends : Read(ends, tasks, room - keptRestored.Count);
        Put(memberId, new TaskOffsets(keptRestored, keptEnds));
    }

    /// <summary>Drops what is told of other tasks than these.</summary>
    public void Keep(PossibleTasks tasks)
    {
        foreach (var (memberId, told) in _byMember.ToList()) Put(memberId, new TaskOffsets(Keep(told.Restored, tasks), Keep(told.Ends, tasks)));
    }

    public void Forget(string memberId) => Put(memberId, TaskOffsets.None);

    private void Put(string memberId, TaskOffsets offsets)
    {
        _count += offsets.Count - Of(memberId).Count;
        if (offsets.Count == 0) _byMember.Remove(memberId);
        else _byMember[memberId] = offsets;
    }

    private static Dictionary<TaskId, long> Read(List<Told> told, PossibleTasks tasks, int room)
    {
        var offsets = new Dictionary<TaskId, long>();
        foreach (var offset in told)
        {
            if (offsets.Count >= room) break;
            if (tasks.TryFind(offset.SubtopologyId, offset.Partition, out var task)) offsets[task] = offset.Offset;
        }
        return offsets;
    }

    private static IReadOnlyDictionary<TaskId, long> Keep(IReadOnlyDictionary<TaskId, long> told, PossibleTasks tasks) =>
        told.Keys.All(tasks.Has) ? told : told.Where(offset => tasks.Has(offset.Key)).ToDictionary();
}
