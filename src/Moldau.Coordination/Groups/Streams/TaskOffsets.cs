namespace Moldau.Coordination.Groups.Streams;

/// <summary>How far a member has restored the state of its tasks, and how far there is to go; it says so from time to time.</summary>
internal sealed record TaskOffsets(IReadOnlyDictionary<TaskId, long> Restored, IReadOnlyDictionary<TaskId, long> Ends)
{
    private static readonly IReadOnlyDictionary<TaskId, long> Unknown = new Dictionary<TaskId, long>();

    public static readonly TaskOffsets None = new(Unknown, Unknown);

    public int Count => Restored.Count + Ends.Count;
}
