namespace Moldau.TestKit.Histories;

/// <summary>The broker's process or power is gone: with it all that it had not stored.</summary>
public sealed record BrokerLost() : HistoryEvent(Process: 0);

/// <summary>A member of a classic group, as it was named in a generation.</summary>
public readonly record struct GroupMembership(string Group, string Member, int Generation);

/// <summary>A member was told its partitions of a generation.</summary>
public sealed record Synced(int Process, GroupMembership As, IReadOnlyList<(string Topic, int Partition)> Partitions) : HistoryEvent(Process);

/// <summary>A member was told that it has left.</summary>
public sealed record LeftGroup(int Process, string Group, string Member) : HistoryEvent(Process);

/// <summary>A position was committed; who waits for nothing else has its answer at once.</summary>
public sealed record CommittedPosition(int Process, GroupMembership As, LogPosition Position, SendOutcome Outcome) : HistoryEvent(Process);

/// <summary>A group's position, as somebody was told it.</summary>
public sealed record FoundPosition(int Process, string Group, LogPosition Position) : HistoryEvent(Process);
