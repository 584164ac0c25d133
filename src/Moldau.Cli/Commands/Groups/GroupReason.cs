namespace Moldau.Cli.Commands.Groups;

/// <summary>One thing that keeps a group from reading, or that there is to know about it.</summary>
/// <param name="Code">For programs; it does not change.</param>
/// <param name="Text">For people.</param>
internal sealed record GroupReason(string Code, string Text)
{
    /// <summary>The topic that it is about, if it is about one.</summary>
    public string? Topic { get; init; }

    public IReadOnlyList<int> Partitions { get; init; } = [];

    /// <summary>How many records it is about.</summary>
    public long? Records { get; init; }

    /// <summary>The id of the member that has these partitions, if it is about one.</summary>
    public string? Member { get; init; }

    /// <summary>The last commit for any of these partitions, where that is known.</summary>
    public DateTimeOffset? LastCommit { get; init; }
}
