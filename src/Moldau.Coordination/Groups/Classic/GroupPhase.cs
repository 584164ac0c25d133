namespace Moldau.Coordination.Groups.Classic;

/// <summary>Where a classic group stands. The names are Kafka's, and clients see them.</summary>
internal enum GroupPhase
{
    /// <summary>No members: joins are welcome, whatever their protocol type. There may be committed offsets.</summary>
    Empty,

    /// <summary>The members are being collected: joins are parked until all have joined or the time is up.</summary>
    PreparingRebalance,

    /// <summary>The generation stands, and the leader is at work on the assignment: the syncs of the others are parked.</summary>
    CompletingRebalance,

    /// <summary>The generation has its assignment.</summary>
    Stable,
}
