namespace Moldau.TestKit.Histories;

/// <summary>Where a record lies.</summary>
public readonly record struct LogPosition(string Topic, int Partition, long Offset);

/// <summary>What a poll brought.</summary>
public readonly record struct SeenRecord(LogPosition At, string Value);

public enum SendOutcome
{
    /// <summary>No answer came that says which.</summary>
    Unknown,
    Acknowledged,

    /// <summary>An answer came that says that the record is not stored.</summary>
    Refused,
}

/// <summary>What a client process asked or was told. Their order in a history is that in which it happened.</summary>
public abstract record HistoryEvent(int Process);

/// <summary>A record was sent. Values are unique within a topic.</summary>
public sealed record Sent(int Process, string Topic, int Partition, string Value, SendOutcome Outcome) : HistoryEvent(Process)
{
    /// <summary>What the acknowledgement said.</summary>
    public long? Offset { get; init; }

    public string? Transaction { get; init; }
}

/// <summary>Records came, in the order in which the process saw them.</summary>
public sealed record Polled(int Process, IReadOnlyList<SeenRecord> Records) : HistoryEvent(Process)
{
    public bool IsReadCommitted { get; init; }

    /// <summary>The transaction whose writes follow from them.</summary>
    public string? Transaction { get; init; }
}

/// <summary>The process got other partitions or another position: from here on it may read any offset.</summary>
public sealed record Assigned(int Process) : HistoryEvent(Process);

/// <summary>The process asks for the end of its transaction.</summary>
public sealed record Ending(int Process, string Transaction, bool IsCommit) : HistoryEvent(Process);

/// <summary>The process was told that its transaction has ended so. Without one nobody knows what came of it.</summary>
public sealed record Ended(int Process, string Transaction, bool IsCommit) : HistoryEvent(Process);
