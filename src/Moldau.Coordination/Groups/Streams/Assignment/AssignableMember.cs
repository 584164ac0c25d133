namespace Moldau.Coordination.Groups.Streams.Assignment;

/// <summary>A member as the assignor sees it, with the tasks that it has. What it was to have next and has not got yet is nobody's.</summary>
internal sealed record AssignableMember(string Id, string ProcessId, MemberTasks Assigned)
{
    public IReadOnlyDictionary<string, string> Tags { get; init; } = new Dictionary<string, string>();

    /// <summary>The tasks of which it has state on its disk, and how much.</summary>
    public IReadOnlyDictionary<TaskId, long> Restored { get; init; } = new Dictionary<TaskId, long>();
}
