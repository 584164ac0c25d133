namespace Moldau.TestKit.Histories;

public enum ShareVerdict
{
    Accept,
    Release,
    Reject,
}

/// <summary>What a member says of a record.</summary>
public readonly record struct JudgedRecord(LogPosition At, ShareVerdict Verdict)
{
    /// <summary>Nobody is to get it again.</summary>
    public bool IsDone => Verdict != ShareVerdict.Release;
}

/// <summary>A member of a share group got records. Times are the broker's.</summary>
public sealed record Acquired(int Process, string Member, IReadOnlyList<SeenRecord> Records, long AtMs) : HistoryEvent(Process)
{
    /// <summary>Until then they are the member's, unless it says something of them.</summary>
    public required long LockedUntilMs { get; init; }
}

/// <summary>Records were delivered to a member that does not know: the answer was lost, or came too late. The order of these means nothing.</summary>
public sealed record AcquiredUnheard(int Process, IReadOnlyList<SeenRecord> Records) : HistoryEvent(Process);

/// <summary>A member asks to have its verdicts stored.</summary>
public sealed record Judging(int Process, string Member, IReadOnlyList<JudgedRecord> Records) : HistoryEvent(Process);

/// <summary>What came of the process's last <see cref="Judging"/>, for one partition of it or more.</summary>
public sealed record Judged(int Process, string Member, IReadOnlyList<JudgedRecord> Records, SendOutcome Outcome, long AtMs) : HistoryEvent(Process);

/// <summary>What a member had goes back: its session ends.</summary>
public sealed record EndedSession(int Process, string Member) : HistoryEvent(Process);
