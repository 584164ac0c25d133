namespace Moldau.Coordination.ShareState;

/// <summary>What has become of a record of a share partition; the numbers are stored.</summary>
internal enum DeliveryState : sbyte
{
    /// <summary>It may be given to a member.</summary>
    Available = 0,

    /// <summary>A member has it. Not stored, since locks do not outlive their leader.</summary>
    Acquired = 1,

    /// <summary>A member has done its work with it.</summary>
    Acknowledged = 2,

    /// <summary>It is given up as <see cref="Archived"/> is, but its dead letter is still to be written.</summary>
    Archiving = 3,

    /// <summary>It is given to nobody any more: it was rejected, or delivered too often.</summary>
    Archived = 4,
}

internal static class DeliveryStates
{
    /// <summary>Whether nothing will happen to the record any more.</summary>
    public static bool IsComplete(this DeliveryState state) => state is DeliveryState.Acknowledged or DeliveryState.Archived;
}

/// <summary>Consecutive offsets that share their state. The last offset belongs to them.</summary>
internal readonly record struct ShareStateBatch(long FirstOffset, long LastOffset, DeliveryState State, short DeliveryCount)
{
    public bool IsWellFormed => FirstOffset >= 0 && FirstOffset <= LastOffset && LastOffset < long.MaxValue;

    /// <summary>Of two that speak of the same offset the one that was delivered more often is newer, and then the one that is further.</summary>
    public (int, int) Rank => (DeliveryCount, (int)State);

    public bool IsContinuedBy(in ShareStateBatch next) => next.FirstOffset == LastOffset + 1 && next.Rank == Rank;
}
