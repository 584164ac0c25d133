using Moldau.Coordination.ShareState;

namespace Moldau.Coordination.SharePartitions;

/// <summary>Records in a row that have the same delivery state and history.</summary>
internal sealed class InFlightRange(OffsetRange offsets, OffsetRange batch, DeliveryState state, short deliveryCount)
{
    public OffsetRange Offsets { get; private set; } = offsets;

    public long First => Offsets.First;

    public long Last => Offsets.Last;

    /// <summary>What was acquired together at the first delivery. The range is all of it, or a part.</summary>
    public OffsetRange Batch => batch;

    public DeliveryState State { get; private set; } = state;

    /// <summary>How often the records were delivered, the present delivery included.</summary>
    public short DeliveryCount { get; private set; } = deliveryCount;

    /// <summary>Who has acquired the records; null where nobody has.</summary>
    public string? MemberId { get; private set; }

    /// <summary>When the records are taken from who has acquired them; 0 where nobody has.</summary>
    public long LockedUntilMs { get; set; }

    /// <summary>The change to the records that is being stored; null where there is none.</summary>
    public StateChange? Change { get; private set; }

    /// <summary>The state that the records have when <see cref="Change"/> is stored.</summary>
    public DeliveryState StateToCome { get; private set; } = state;

    public bool IsAvailable => State == DeliveryState.Available && Change is null;

    /// <summary>Whether nobody has had the records yet, as far as is known.</summary>
    public bool IsNew => IsAvailable && DeliveryCount == 0;

    /// <summary>Records that nobody has had yet, and that are to be acquired together.</summary>
    public static InFlightRange New(OffsetRange offsets) => new(offsets, offsets, DeliveryState.Available, 0);

    public void Acquire(string memberId, long lockedUntilMs)
    {
        (State, StateToCome, MemberId, LockedUntilMs) = (DeliveryState.Acquired, DeliveryState.Acquired, memberId, lockedUntilMs);
        DeliveryCount++;
    }

    /// <summary>Nobody has the records any more.</summary>
    public void Become(DeliveryState state) => (State, StateToCome, MemberId, LockedUntilMs, Change) = (state, state, null, 0, null);

    /// <summary>Who has acquired the records never had them.</summary>
    public void Undeliver()
    {
        Become(DeliveryState.Available);
        DeliveryCount--;
    }

    public void Begin(StateChange change, DeliveryState stateToCome) => (Change, StateToCome) = (change, stateToCome);

    public void TakeBack() => (Change, StateToCome) = (null, State);

    /// <summary>Leaves the records before the offset in this range, and returns one with the others.</summary>
    public InFlightRange SplitAt(long offset)
    {
        var rest = new InFlightRange(new(offset, Last), Batch, State, DeliveryCount)
        {
            MemberId = MemberId,
            LockedUntilMs = LockedUntilMs,
            Change = Change,
            StateToCome = StateToCome,
        };
        Offsets = new(First, offset - 1);
        return rest;
    }

    /// <summary>Takes in the range that follows, if nothing tells them apart.</summary>
    public bool TryJoin(InFlightRange next)
    {
        if (next.First != Last + 1 || next.State != State || next.Change != Change || next.StateToCome != StateToCome) return false;
        if (!IsDone && !IsLike(next)) return false;
        Offsets = new(First, next.Last);
        return true;
    }

    /// <summary>Only the state still matters of records that are done with.</summary>
    private bool IsDone => State.IsComplete() && Change is null;

    private bool IsLike(InFlightRange next) =>
        next.Batch == Batch && next.DeliveryCount == DeliveryCount && next.MemberId == MemberId && next.LockedUntilMs == LockedUntilMs;
}
