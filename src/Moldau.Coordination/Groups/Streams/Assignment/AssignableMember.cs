namespace Moldau.Coordination.Groups.Streams.Assignment;

/// <summary>A member as the assignor sees it, with the tasks that it was to have so far.</summary>
internal sealed record AssignableMember(string Id, string ProcessId, MemberTasks Target)
{
    public IReadOnlyDictionary<string, string> Tags { get; init; } = new Dictionary<string, string>();

    /// <summary>The tasks of which it has state on its disk, and how much.</summary>
    public IReadOnlyDictionary<TaskId, long> Restored { get; init; } = new Dictionary<TaskId, long>();
}
