using Moldau.Cli.Clients;

namespace Moldau.Cli.Commands.Groups;

/// <summary>One thing that keeps a group from reading, or that there is to know about it.</summary>
/// <param name="Code">For programs; it does not change.</param>
/// <param name="Text">For people.</param>
internal sealed record GroupReason(string Code, string Text)
{
    /// <summary>A member has yet to give up what others are to have.</summary>
    public const string WaitsForMember = "waits-for-member";

    /// <summary>The topic that it is about, if it is about one.</summary>
    public string? Topic { get; init; }

    public IReadOnlyList<int> Partitions { get; init; } = [];

    /// <summary>How many records it is about.</summary>
    public long? Records { get; init; }

    /// <summary>The member that it is about, if it is about one: the one that has these partitions, or is to give something up.</summary>
    public GroupMember? Member { get; init; }

    /// <summary>The members that it is about, where there may be several.</summary>
    public IReadOnlyList<GroupMember>? Members { get; init; }

    /// <summary>When the member was asked to give up what it has yet to give up.</summary>
    public DateTimeOffset? Asked { get; init; }

    /// <summary>Whose end is awaited.</summary>
    public OpenTransaction? Transaction { get; init; }

    /// <summary>The last commit for any of these partitions, where that is known.</summary>
    public DateTimeOffset? LastCommit { get; init; }
}
