using Moldau.TestKit.Histories;

namespace Moldau.Broker.Tests.Simulation;

/// <summary>The checker of classic groups itself: each anomaly made by hand is found, alone, and a history without any is let pass.</summary>
public sealed class GroupCheckerTests
{
    private static readonly HistoryEvent[] Good =
    [
        Owns("a", 1, 0, 1),
        Commits("a", 1, 0, 5),
        Commits("a", 1, 0, 7, SendOutcome.Unknown),
        Owns("b", 2, 1),
        Owns("a", 2, 0),
        Owns("a", 2, 0),
        Finds(0, 7),
        Finds(1, 0),
        Commits("a", 1, 1, 9, SendOutcome.Refused),
        Commits("b", 2, 1, 3),
        new LeftGroup(1, "g", "a"),
        Commits("a", 2, 0, 8, SendOutcome.Refused),
        new BrokerLost(),
        Commits("a", 2, 0, 8),
        Finds(0, 8),
    ];

    public static TheoryData<AnomalyKind, HistoryEvent[]> Bad() => new()
    {
        { AnomalyKind.OwnedTwice, [Owns("a", 1, 0, 1), Owns("b", 1, 1)] },
        { AnomalyKind.FencedCommit, [Owns("a", 1, 0), Owns("b", 2, 0), Commits("a", 1, 0, 5)] },
        { AnomalyKind.FencedCommit, [Owns("a", 1, 0), Commits("stranger", 1, 0, 5)] },
        { AnomalyKind.FencedCommit, [Owns("a", 1, 0), Commits("a", 2, 0, 5)] },
        { AnomalyKind.FencedCommit, [Owns("a", 1, 0), new LeftGroup(1, "g", "a"), Commits("a", 1, 0, 5)] },
        { AnomalyKind.LostCommit, [Owns("a", 1, 0), Commits("a", 1, 0, 5), Commits("a", 1, 0, 6), Finds(0, 5)] },
        { AnomalyKind.LostCommit, [Owns("a", 1, 0), Commits("a", 1, 0, 5, SendOutcome.Unknown), Finds(0, 5), new BrokerLost(), Finds(0, 0)] },
    };

    [Fact]
    public void A_history_without_an_anomaly_is_let_pass() => Assert.Empty(GroupChecker.Check(Good));

    [Theory]
    [MemberData(nameof(Bad))]
    public void An_anomaly_is_found_and_called_by_its_name(AnomalyKind kind, HistoryEvent[] events) =>
        Assert.Equal(kind, Assert.Single(GroupChecker.Check(events)).Kind);

    private static Synced Owns(string member, int generation, params int[] partitions) =>
        new(1, new("g", member, generation), [.. partitions.Select(partition => ("t", partition))]);

    private static CommittedPosition Commits(string member, int generation, int partition, long offset, SendOutcome outcome = SendOutcome.Acknowledged) =>
        new(1, new("g", member, generation), new("t", partition, offset), outcome);

    private static FoundPosition Finds(int partition, long offset) => new(1, "g", new("t", partition, offset));
}
