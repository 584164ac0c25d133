namespace Moldau.TestKit.Histories;

/// <summary>What must not be found in a history. Those of logs and transactions have the names of Jepsen's checker for Kafka.</summary>
public enum AnomalyKind
{
    /// <summary>Two values at one offset.</summary>
    InconsistentOffsets,

    /// <summary>One value at two offsets.</summary>
    Duplicate,

    /// <summary>Acknowledged and passed over by all who read on behind it.</summary>
    LostWrite,

    /// <summary>Acknowledged, and nobody has read so far by the end.</summary>
    Unseen,

    /// <summary>A value was read that was refused, or whose transaction was aborted.</summary>
    AbortedRead,

    /// <summary>A value was read before its transaction's commit was asked for.</summary>
    ReadBeforeCommit,

    /// <summary>A process passed over a record that it should have seen.</summary>
    PollSkip,

    /// <summary>A process went back without having been told to.</summary>
    NonMonotonicPoll,

    /// <summary>What a process sent later lies before what it sent earlier.</summary>
    NonMonotonicSend,

    /// <summary>Transactions that have read each other's writes.</summary>
    CyclicReads,

    /// <summary>Two members of a group have the same partition at the same time, or in the same generation or epoch.</summary>
    OwnedTwice,

    /// <summary>A position was taken from somebody who is no member, or whose generation or epoch is over.</summary>
    FencedCommit,

    /// <summary>A heartbeat, or what else only a member says, was taken from one whose epoch is over: what it says that it has may be another's by now.</summary>
    FencedHeartbeat,

    /// <summary>A group went on with a generation or epoch that it had before.</summary>
    EpochWentBack,

    /// <summary>A member that was told to join again, and did, was told so again in the same generation: it could go on like that without an end.</summary>
    JoinedInVain,

    /// <summary>A group's position is before one that was acknowledged, or seen.</summary>
    LostCommit,

    /// <summary>A group's position is one that nobody has committed there.</summary>
    ForeignPosition,

    /// <summary>A group has partitions of a topic that is long gone, or took or told a position there.</summary>
    OfGoneTopic,

    /// <summary>Two members of a share group have the same record at the same time.</summary>
    HeldTwice,

    /// <summary>A share group's record was delivered after it was accepted or rejected.</summary>
    DeliveredAgain,

    /// <summary>A member has acknowledged what another member has.</summary>
    ForeignAcknowledgement,

    /// <summary>A share group has passed over a record that nobody was done with.</summary>
    Skipped,
}

/// <summary>One finding, with what it was found in.</summary>
public sealed record Anomaly(AnomalyKind Kind, string Text)
{
    public override string ToString() => $"{Kind}: {Text}";
}
