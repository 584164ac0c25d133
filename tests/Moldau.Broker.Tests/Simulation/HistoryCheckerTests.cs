using Moldau.TestKit.Histories;

namespace Moldau.Broker.Tests.Simulation;

/// <summary>The checker itself: each anomaly made by hand is found, alone, and a history without any is let pass.</summary>
public sealed class HistoryCheckerTests
{
    private static readonly HistoryEvent[] Good =
    [
        Acked(1, 0, "a"),
        Acked(1, 1, "b", transaction: "T1"),
        new Sent(1, "t", 0, "c", SendOutcome.Unknown) { Transaction = "T1" },
        new Ending(1, "T1", IsCommit: true),
        Read(2, (0, "a"), (1, "b")),
        new Ended(1, "T1", IsCommit: true),
        Read(2, (2, "c")),
        Acked(1, 4, "d", transaction: "T2"),
        ReadUncommitted(3, (0, "a"), (1, "b"), (2, "c"), (4, "d")),
        new Ending(1, "T2", IsCommit: false),
        new Ended(1, "T2", IsCommit: false),
        new Sent(4, "t", 0, "refused", SendOutcome.Refused),
        Acked(1, 6, "e"),
        Read(2, (6, "e")),
        new Assigned(2),
        Read(2, (1, "b"), (2, "c"), (6, "e")),
        new Sent(1, "gone", 0, "f", SendOutcome.Acknowledged) { Offset = 0 },
        new DeletedTopic(9, "gone", 0),
    ];

    public static TheoryData<AnomalyKind, HistoryEvent[]> Bad() => new()
    {
        { AnomalyKind.InconsistentOffsets, [Acked(1, 0, "a"), Acked(2, 0, "b"), Read(3, (0, "a"))] },
        { AnomalyKind.InconsistentOffsets, [Read(3, (0, "a")), Read(4, (0, "b"))] },
        { AnomalyKind.Duplicate, [Acked(1, 0, "a"), Read(3, (0, "a"), (1, "a"))] },
        { AnomalyKind.LostWrite, [Acked(1, 0, "a"), Acked(1, 1, "b"), Read(3, (1, "b"))] },
        { AnomalyKind.Unseen, [Acked(1, 0, "a"), Acked(1, 1, "b"), Read(3, (0, "a"))] },
        { AnomalyKind.AbortedRead, [new Sent(1, "t", 0, "a", SendOutcome.Refused), Read(3, (0, "a"))] },
        { AnomalyKind.AbortedRead, [Acked(1, 0, "a", "T"), new Ending(1, "T", false), new Ended(1, "T", false), Read(3, (0, "a"))] },
        { AnomalyKind.AbortedRead, [Acked(1, 0, "a", "T"), Read(3, (0, "a"))] },
        { AnomalyKind.ReadBeforeCommit, [Acked(1, 0, "a", "T"), Read(3, (0, "a")), new Ending(1, "T", true), new Ended(1, "T", true)] },
        { AnomalyKind.PollSkip, [Acked(1, 0, "a"), Acked(1, 1, "b"), Acked(1, 2, "c"), Read(3, (0, "a"), (2, "c")), Read(4, (1, "b"))] },
        { AnomalyKind.PollSkip, [Read(3, (0, "a")), Read(3, (2, "c")), Read(4, (0, "a"), (1, "b"))] },
        { AnomalyKind.NonMonotonicPoll, [Read(3, (0, "a"), (1, "b")), Read(3, (0, "a"))] },
        { AnomalyKind.NonMonotonicPoll, [Read(3, (1, "b"), (0, "a"))] },
        { AnomalyKind.NonMonotonicSend, [Acked(1, 1, "a"), Acked(1, 0, "b"), Read(3, (0, "b"), (1, "a"))] },
        {
            AnomalyKind.CyclicReads,
            [
                new Ending(1, "T1", true), new Ending(2, "T2", true), Acked(1, 0, "a", "T1"), Acked(2, 1, "b", "T2"),
                Read(1, (1, "b")) with { Transaction = "T1" }, Read(2, (0, "a")) with { Transaction = "T2" },
                new Ended(1, "T1", true), new Ended(2, "T2", true),
            ]
        },
    };

    [Fact]
    public void A_history_without_an_anomaly_is_let_pass() => Assert.Empty(HistoryChecker.Check(Good));

    [Theory]
    [MemberData(nameof(Bad))]
    public void An_anomaly_is_found_and_called_by_its_name(AnomalyKind kind, HistoryEvent[] events)
    {
        var found = HistoryChecker.Check(events);
        Assert.NotEmpty(found);
        Assert.All(found, anomaly => Assert.Equal(kind, anomaly.Kind));
    }

    [Fact]
    public void What_nobody_was_told_may_be_so_or_not()
    {
        HistoryEvent[] unknown = [new Sent(1, "t", 0, "a", SendOutcome.Unknown) { Transaction = "T" }, new Ending(1, "T", IsCommit: true)];
        Assert.Empty(HistoryChecker.Check(unknown));
        Assert.Empty(HistoryChecker.Check([.. unknown, Read(2, (0, "a"))]));
    }

    private static Sent Acked(int process, long offset, string value, string? transaction = null) =>
        new(process, "t", 0, value, SendOutcome.Acknowledged) { Offset = offset, Transaction = transaction };

    private static Polled Read(int process, params (long Offset, string Value)[] records) => ReadUncommitted(process, records) with { IsReadCommitted = true };

    private static Polled ReadUncommitted(int process, params (long Offset, string Value)[] records) =>
        new(process, [.. records.Select(record => new SeenRecord(new("t", 0, record.Offset), record.Value))]);
}
