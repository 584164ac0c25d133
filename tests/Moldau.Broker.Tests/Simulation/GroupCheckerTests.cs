using Moldau.TestKit.Histories;

namespace Moldau.Broker.Tests.Simulation;

/// <summary>The checker of groups itself: each anomaly made by hand is found, alone, and a history without any is let pass.</summary>
public sealed class GroupCheckerTests
{
    private const long SessionMs = 10;

    public static TheoryData<string, HistoryEvent[]> GoodOfTheClassicProtocol() => new()
    {
        {
            "a classic group",
            [
                Classic("a", 1).Owns(0, 0, 1),
                Classic("a", 1).Commits(0, 5),
                Classic("a", 1).Commits(0, 7, SendOutcome.Unknown),
                Classic("b", 2).Owns(10, 1),
                Classic("a", 2).Owns(10, 0),
                Classic("a", 2).Owns(10, 0),
                Finds(0, 7),
                Finds(1, 0),
                Classic("a", 1).Commits(1, 9, SendOutcome.Refused),
                Classic("b", 2).Commits(1, 3),
                Classic("a", 2).Leaves(),
                Classic("a", 2).Commits(0, 8, SendOutcome.Refused),
                new BrokerLost(),
                Classic("a", 2).Commits(0, 8),
                Finds(0, 8),
            ]
        },
        { "a static member whose place is taken", [Static("a", 1).Owns(0, 0), Static("b", 1).Owns(1, 0), Static("a", 1).Commits(0, 5, SendOutcome.Refused)] },
        {
            "a member that is told to join again, and joins a generation that the broker forgets",
            [Classic("a", 1).IsSentBack(), Classic("a", 2).IsSentBack(), new BrokerLost(), Classic("a", 2).IsSentBack(), Classic("a", 3).Owns(0, 0)]
        },
        {
            "a member that may be taken to have joined again, since what it said long ago has come late",
            [Classic("a", 1).Owns(0, 0), Classic("a", 1).MayHaveLost(1, 0), Classic("b", 2).Owns(2, 0)]
        },
        { "an answer that is seen late", [Static("b", 1).Owns(1, 0), Static("a", 1).Owns(0, 0), Static("b", 1).Commits(0, 5)] },
    };

    public static TheoryData<string, HistoryEvent[]> GoodOfMemberEpochs() => new()
    {
        {
            "a partition that is given up",
            [Consumer("a", 1).Owns(0, 0, 1), Consumer("a", 1).Owns(1, 0), Consumer("a", 2).Owns(2, 0), Consumer("b", 2).Owns(3, 1)]
        },
        { "a session that ends", [Consumer("a", 1).Owns(0, 0), Consumer("b", 2).Owns(SessionMs, 0), Consumer("a", 1).Leaves(), Consumer("a", 3).Owns(15)] },
        {
            "a commit that was under way when the epoch went up",
            [Consumer("a", 1).Owns(0, 0, 1), Consumer("a", 2).OwnsAll(1, 0), Consumer("b", 2).Owns(2, 1), Consumer("a", 1).Commits(0, 5), Finds(0, 5)]
        },
        {
            "a static member that is away, and comes back in another process",
            [
                Consumer("a", 1, "twin").Owns(0, 0),
                Consumer("a", 1, "twin").Owns(1),
                Consumer("a", 1, "twin").Leaves(),
                Consumer("b", 1, "twin").Owns(2, 0),
                Consumer("a", 1, "twin").Owns(3),
                Consumer("b", 1, "twin").Commits(0, 5),
            ]
        },
        {
            "a group that was empty between two protocols",
            [
                Consumer("a", 7).Owns(0, 0), Consumer("a", 7).Leaves(),
                Classic("b", 1).Owns(20, 0), Classic("b", 1).Owns(21),
                Consumer("a", 2).Owns(22, 0), Consumer("a", 2).Commits(0, 5),
            ]
        },
        {
            "a heartbeat that comes late in the epoch before, with no more than the member was given in its own",
            [
                Consumer("a", 1).Owns(0, 0, 1),
                Consumer("a", 1).Owns(1, 0),
                Consumer("a", 2).Owns(2, 0),
                Consumer("a", 1).SpeaksLate([0]),
                Consumer("a", 1).SpeaksLate([0, 1], SendOutcome.Refused),
                Consumer("a", 1).SpeaksLate(null, SendOutcome.Refused),
                Consumer("a", 2).SpeaksLate(null),
            ]
        },
        {
            "a member that lets go of what another is to have, as it is seen from outside",
            [IsDescribed(("a", 0), ("a", 1)), IsDescribed(("a", 0), ("b", 1)), IsDescribed(("a", 0), ("a", 0))]
        },
        {
            "positions of transactions",
            [
                Consumer("a", 1).Owns(0, 0),
                Consumer("a", 1).Commits(0, 5) with { Transaction = "t1" },
                new Ended(1, "t1", IsCommit: false),
                Finds(0, 0),
                Consumer("a", 1).Commits(0, 6) with { Transaction = "t2" },
                new Ended(1, "t2", IsCommit: true),
                Finds(0, 6),
            ]
        },
    };

    public static TheoryData<string, HistoryEvent[]> GoodOfTopics() => new()
    {
        {
            "a topic that is made anew",
            [
                Consumer("a", 1).Owns(0, 0),
                Consumer("a", 1).Commits(0, 5),
                new DeletedTopic(9, "t", 1) { Outcome = SendOutcome.Unknown },
                Consumer("b", 2).Owns(2, 0),
                Finds(0, 5),
                new DeletedTopic(9, "t", 3),
                Consumer("a", 2).OwnsAll(4, 0),
                Consumer("a", 2).Commits(0, 6, SendOutcome.Refused),
                new FoundPosition(1, "g", new("t(2)", 0, 0)),
            ]
        },
    };

    public static TheoryData<AnomalyKind, HistoryEvent[]> Bad() => new()
    {
        { AnomalyKind.OwnedTwice, [Classic("a", 1).Owns(0, 0, 1), Classic("b", 1).Owns(20, 1)] },
        { AnomalyKind.OwnedTwice, [Classic("a", 1).Owns(0, 0), Classic("b", 2).Owns(9, 0)] },
        { AnomalyKind.OwnedTwice, [Consumer("a", 1).Owns(0, 0, 1), Consumer("b", 2).Owns(5, 1)] },
        { AnomalyKind.OwnedTwice, [Consumer("a", 1).Owns(0, 0), Consumer("b", 2).Owns(12, 0), Consumer("a", 3).Owns(13, 0)] },
        { AnomalyKind.OwnedTwice, [Consumer("a", 1, "twin").Owns(0, 0), Consumer("b", 1, "twin").Owns(1, 0)] },
        { AnomalyKind.OwnedTwice, [IsDescribed(("a", 0), ("b", 1), ("b", 0))] },
        { AnomalyKind.FencedHeartbeat, [Consumer("a", 1).Owns(0, 0), Consumer("a", 2).Owns(1, 0), Consumer("a", 3).Owns(2, 0), Consumer("a", 1).SpeaksLate([0])] },
        { AnomalyKind.FencedHeartbeat, [Consumer("a", 1).Owns(0, 0), Consumer("a", 2).Owns(1, 0), Consumer("a", 1).SpeaksLate(null)] },
        { AnomalyKind.FencedHeartbeat, [Consumer("a", 1).Owns(0, 0, 1), Consumer("a", 1).Owns(1, 0), Consumer("a", 2).Owns(2, 0), Consumer("a", 1).SpeaksLate([0, 1])] },
        { AnomalyKind.FencedHeartbeat, [Consumer("a", 1).Owns(0, 0), Consumer("a", 1).Leaves(), Consumer("a", 1).SpeaksLate(null)] },
        { AnomalyKind.FencedHeartbeat, [Consumer("a", 1, "twin").Owns(0), Consumer("b", 2, "twin").Owns(1, 0), Consumer("a", 1, "twin").SpeaksLate(null)] },
        { AnomalyKind.FencedHeartbeat, [Classic("a", 1).Owns(0, 0), Classic("a", 2).Owns(1, 0), Classic("a", 1).SpeaksLate(null)] },
        { AnomalyKind.EpochWentBack, [Consumer("a", 3).Owns(0, 0), Consumer("b", 2).Owns(1, 1)] },
        { AnomalyKind.EpochWentBack, [Consumer("a", 3).Owns(0, 0), Consumer("a", 2).Owns(1, 0)] },
        { AnomalyKind.JoinedInVain, [Classic("a", 1).IsSentBack(), Classic("b", 1).IsSentBack(), Classic("a", 1).IsSentBack()] },
        { AnomalyKind.FencedCommit, [Classic("a", 1).Owns(0, 0), Classic("b", 2).Owns(20, 0), Classic("a", 1).Commits(0, 5)] },
        { AnomalyKind.FencedCommit, [Classic("a", 1).Owns(0, 0), Classic("stranger", 1).Commits(0, 5)] },
        { AnomalyKind.FencedCommit, [Classic("a", 1).Owns(0, 0), Classic("a", 2).Commits(0, 5)] },
        { AnomalyKind.FencedCommit, [Classic("a", 1).Owns(0, 0), Classic("a", 1).Leaves(), Classic("a", 1).Commits(0, 5)] },
        { AnomalyKind.FencedCommit, [Static("a", 1).Owns(0, 0), Static("b", 1).Owns(1, 0), Static("a", 1).Commits(0, 5)] },
        { AnomalyKind.FencedCommit, [Classic("a", 1).Owns(0, 0), Classic("b", 2).Owns(20, 0), Classic("a", 1).Commits(0, 5) with { Transaction = "t" }] },
        { AnomalyKind.FencedCommit, [Consumer("a", 1).Owns(0, 0, 1), Consumer("a", 2).OwnsAll(1, 0), Consumer("a", 1).Commits(1, 5)] },
        { AnomalyKind.FencedCommit, [Consumer("a", 1).Owns(0, 0), Consumer("a", 1).Leaves(), new BrokerLost(), Consumer("a", 1).Commits(0, 5)] },
        { AnomalyKind.FencedCommit, [Consumer("a", 1).Owns(0, 0), Consumer("a", 9).Commits(0, 5)] },
        { AnomalyKind.LostCommit, [Classic("a", 1).Owns(0, 0), Classic("a", 1).Commits(0, 5), Classic("a", 1).Commits(0, 6), Finds(0, 5)] },
        { AnomalyKind.LostCommit, [Classic("a", 1).Owns(0, 0), Classic("a", 1).Commits(0, 5, SendOutcome.Unknown), Finds(0, 5), new BrokerLost(), Finds(0, 0)] },
        { AnomalyKind.ForeignPosition, [Consumer("a", 1).Owns(0, 0), Consumer("a", 1).Commits(0, 5), new FoundPosition(1, "g", new("t(2)", 0, 5))] },
        { AnomalyKind.OfGoneTopic, [Consumer("a", 1).Owns(0, 0), new DeletedTopic(9, "t", 1), Consumer("a", 1).Commits(0, 5)] },
        { AnomalyKind.OfGoneTopic, [Consumer("a", 1).Owns(0, 0), new DeletedTopic(9, "t", 1), Finds(0, 0)] },
        { AnomalyKind.OfGoneTopic, [Consumer("a", 1).OwnsAll(0, 0), new DeletedTopic(9, "t", 1), Consumer("a", 1).OwnsAll(61_000, 0)] },
        { AnomalyKind.FencedHeartbeat, [Static("a", 1).Owns(0, 0), Static("b", 1).Owns(1, 0), Static("a", 1).SpeaksLate(null)] },
        {
            AnomalyKind.LostCommit,
            [Consumer("a", 1).Owns(0, 0), Consumer("a", 1).Commits(0, 5) with { Transaction = "t" }, new Ended(1, "t", IsCommit: true), Finds(0, 0)]
        },
    };

    [Theory]
    [MemberData(nameof(GoodOfTheClassicProtocol))]
    [MemberData(nameof(GoodOfMemberEpochs))]
    [MemberData(nameof(GoodOfTopics))]
    public void A_history_without_an_anomaly_is_let_pass(string what, HistoryEvent[] events) => Assert.True(GroupChecker.Check(events) is [], what);

    [Theory]
    [MemberData(nameof(Bad))]
    public void An_anomaly_is_found_and_called_by_its_name(AnomalyKind kind, HistoryEvent[] events) =>
        Assert.Equal(kind, Assert.Single(GroupChecker.Check(events)).Kind);

    private static FoundPosition Finds(int partition, long offset) => new(1, "g", new("t", partition, offset));

    private static Described IsDescribed(params (string Member, int Partition)[] owned) => new("g", [.. owned.Select(each => (each.Member, "t", each.Partition))]);

    private static Member Classic(string member, int generation) => new(new("g", member, generation) { SpeaksClassic = true });

    private static Member Static(string member, int generation) => new(new("g", member, generation) { SpeaksClassic = true, Instance = "twin" });

    private static Member Consumer(string member, int epoch, string? instance = null) => new(new("g", member, epoch) { Instance = instance });

    private sealed record Member(GroupMembership As)
    {
        public Owns Owns(long atMs, params int[] partitions) => new(1, As, [.. partitions.Select(partition => ("t", partition))], atMs, atMs + SessionMs);

        public Owns MayHaveLost(long atMs, params int[] partitions) => Owns(atMs, partitions) with { UntilMs = 0 };

        public Owns OwnsAll(long atMs, params int[] partitions) => Owns(atMs, partitions) with { IsComplete = true };

        public CommittedPosition Commits(int partition, long offset, SendOutcome outcome = SendOutcome.Acknowledged) => new(1, As, new("t", partition, offset), outcome);

        public SpokeLate SpeaksLate(int[]? owned, SendOutcome outcome = SendOutcome.Acknowledged) =>
            new(1, As, owned is null ? null : [.. owned.Select(partition => ("t", partition))], outcome);

        public LeftGroup Leaves() => new(1, As);

        public SentBack IsSentBack() => new(1, As);
    }
}
