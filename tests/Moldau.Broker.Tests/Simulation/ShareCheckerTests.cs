using Moldau.TestKit.Histories;

namespace Moldau.Broker.Tests.Simulation;

/// <summary>The checker of share groups itself: each anomaly made by hand is found, alone, and a history without any is let pass.</summary>
public sealed class ShareCheckerTests
{
    private const int DeliveryLimit = 2;
    private const long LockMs = 100;

    private static readonly HistoryEvent[] Good =
    [
        Produced(0), Produced(1), Produced(2), Produced(3),
        Gets("a", 0, 0, 1),
        new Judging(1, "a", [Says(0, ShareVerdict.Accept), Says(1, ShareVerdict.Release)]),
        Gets("b", 10, 1), // Heard before the answer to what gave it back.
        new Judged(1, "a", [Says(0, ShareVerdict.Accept), Says(1, ShareVerdict.Release)], SendOutcome.Acknowledged, 20),
        Gets("a", 10 + LockMs, 1), // The other one's lock has ended.
        Gets("a", 120, 2),
        new EndedSession(1, "a"),
        Gets("b", 130, 2),
        new BrokerLost(),
        Gets("a", 140, 2),
        .. Judges("a", 150, 2, ShareVerdict.Accept, SendOutcome.Unknown),
        Gets("b", 160, 2), // It was not stored.
        .. Judges("a", 170, 2, ShareVerdict.Accept, SendOutcome.Refused),
        .. Judges("b", 180, 2, ShareVerdict.Reject),
        Gets("a", 190, 3),
        new AcquiredUnheard(2, [new(new("t", 0, 3), "3")]),
        new Sent(1, "gone", 0, "4", SendOutcome.Acknowledged) { Offset = 0 },
        new DeletedTopic(9, "gone", 0),
    ];

    public static TheoryData<AnomalyKind, HistoryEvent[]> Bad() => new()
    {
        { AnomalyKind.HeldTwice, [Gets("a", 0, 0), Gets("b", LockMs - 1, 0)] },
        { AnomalyKind.HeldTwice, [Gets("a", 0, 0), Gets("a", 1, 0)] },
        { AnomalyKind.HeldTwice, [Gets("a", 0, 0), new EndedSession(2, "b"), Gets("b", 1, 0)] },
        { AnomalyKind.DeliveredAgain, [Gets("a", 0, 0), .. Judges("a", 1, 0, ShareVerdict.Accept), new BrokerLost(), Gets("b", 2, 0)] },
        { AnomalyKind.DeliveredAgain, [Gets("a", 0, 0), .. Judges("a", 1, 0, ShareVerdict.Reject), Gets("a", 2, 0)] },
        { AnomalyKind.ForeignAcknowledgement, [Gets("a", 0, 0), Gets("b", LockMs, 0), .. Judges("a", LockMs + 1, 0, ShareVerdict.Release)] },
        { AnomalyKind.ForeignAcknowledgement, [Gets("b", 0, 0), .. Judges("a", 1, 0, ShareVerdict.Accept)] },
        { AnomalyKind.InconsistentOffsets, [Produced(0), Gets("a", 0, 0) with { Records = [new(new("t", 0, 0), "other")] }, .. Judges("a", 1, 0, ShareVerdict.Accept)] },
        { AnomalyKind.Skipped, [Produced(0)] },
        { AnomalyKind.Skipped, [Produced(0), Gets("a", 0, 0), .. Judges("a", 1, 0, ShareVerdict.Release)] },
        { AnomalyKind.Skipped, [Produced(0), Gets("a", 0, 0), .. Judges("a", LockMs + 1, 0, ShareVerdict.Accept, SendOutcome.Refused)] },
    };

    [Fact]
    public void A_history_without_an_anomaly_is_let_pass() => Assert.Empty(ShareChecker.Check(Good, DeliveryLimit));

    [Theory]
    [MemberData(nameof(Bad))]
    public void An_anomaly_is_found_and_called_by_its_name(AnomalyKind kind, HistoryEvent[] events) =>
        Assert.Equal(kind, Assert.Single(ShareChecker.Check(events, DeliveryLimit)).Kind);

    private static Sent Produced(long offset) => new(9, "t", 0, $"{offset}", SendOutcome.Acknowledged) { Offset = offset };

    private static Acquired Gets(string member, long atMs, params long[] offsets) =>
        new(member == "a" ? 1 : 2, member, [.. offsets.Select(offset => new SeenRecord(new("t", 0, offset), $"{offset}"))], atMs) { LockedUntilMs = atMs + LockMs };

    private static JudgedRecord Says(long offset, ShareVerdict verdict) => new(new("t", 0, offset), verdict);

    private static HistoryEvent[] Judges(string member, long atMs, long offset, ShareVerdict verdict, SendOutcome outcome = SendOutcome.Acknowledged)
    {
        int process = member == "a" ? 1 : 2;
        return [new Judging(process, member, [Says(offset, verdict)]), new Judged(process, member, [Says(offset, verdict)], outcome, atMs)];
    }
}
