namespace Moldau.TestKit.Histories;

/// <summary>The broker's process or power is gone: with it all that it had not stored.</summary>
public sealed record BrokerLost() : HistoryEvent(Process: 0);

/// <summary>A member of a group, as it was named in a generation; where members have epochs of their own, in its epoch.</summary>
public readonly record struct GroupMembership(string Group, string Member, int Generation)
{
    /// <summary>The instance id of a static member.</summary>
    public string? Instance { get; init; }

    public bool SpeaksClassic { get; init; }
}

/// <summary>
/// What a member reads from here on: it was told so by the coordinator, or it is about to say that it gives the rest up. What it reads it has
/// until others may have it without its knowledge: the end of its session, or of its time to give up, by its own clock; no longer at all where
/// something that it sent long ago may have given it up.
/// </summary>
public sealed record Owns(int Process, GroupMembership As, IReadOnlyList<(string Topic, int Partition)> Partitions, long AtMs, long UntilMs) : HistoryEvent(Process)
{
    /// <summary>The member had given up all that it was asked for, and this is all that the coordinator has of it.</summary>
    public bool IsComplete { get; init; }
}

/// <summary>A member was told that it is none any more, or that it has gone away for a while.</summary>
public sealed record LeftGroup(int Process, GroupMembership As) : HistoryEvent(Process);

/// <summary>A member that asked for what it is to have in its generation was told to join again instead.</summary>
public sealed record SentBack(int Process, GroupMembership As) : HistoryEvent(Process);

/// <summary>
/// What a member said once came late, in the epoch that it was in then. What it owned is null where it did not say; that it was refused says
/// nothing of why.
/// </summary>
public sealed record SpokeLate(int Process, GroupMembership As, IReadOnlyList<(string Topic, int Partition)>? Owned, SendOutcome Outcome) : HistoryEvent(Process);

/// <summary>Which member of a group has which partitions, or is to have them, as somebody was told it at once who is none.</summary>
public sealed record Described(string Group, IReadOnlyList<(string Member, string Topic, int Partition)> Partitions) : HistoryEvent(Process: 0);

/// <summary>A position was committed; who waits for nothing else has its answer at once.</summary>
public sealed record CommittedPosition(int Process, GroupMembership As, LogPosition Position, SendOutcome Outcome) : HistoryEvent(Process)
{
    /// <summary>The transaction with whose commit it counts.</summary>
    public string? Transaction { get; init; }
}

/// <summary>A group's position, as somebody was told it.</summary>
public sealed record FoundPosition(int Process, string Group, LogPosition Position) : HistoryEvent(Process);
