using Moldau.Coordination.ShareState;

namespace Moldau.Coordination.SharePartitions;

/// <summary>Why a record is given up.</summary>
internal enum DeadLetterCause
{
    Rejected,
    DeliveredTooOften,
}

/// <summary>Records that are to be copied to the dead-letter queue before they are archived.</summary>
internal readonly record struct DeadLetters(OffsetRange Offsets, short DeliveryCount, DeadLetterCause Cause);

/// <summary>
/// A change that is to be stored. Until it is, the records that it is about are neither acquired nor acknowledged by anybody, unless the
/// change <see cref="CountsAtOnce"/>.
/// </summary>
internal sealed class StateChange
{
    private readonly List<ShareStateBatch> _batches = [];
    private readonly List<DeadLetters> _deadLetters = [];

    /// <summary>What the change says has happened whether it is stored or not: a lock has ended.</summary>
    public bool CountsAtOnce { get; init; }

    /// <summary>The log begins later: where the group is now is to be stored, though nothing else has changed.</summary>
    public bool MovesStart { get; init; }

    /// <summary>What is to be stored, as it was added; neighbours that are alike are one.</summary>
    public IReadOnlyList<ShareStateBatch> Batches => _batches;

    /// <summary>What is to be written to the dead-letter queue when the change counts.</summary>
    public IReadOnlyList<DeadLetters> DeadLetters => _deadLetters;

    public bool IsEmpty => _batches.Count == 0 && !MovesStart;

    public void Add(OffsetRange offsets, DeliveryState state, short deliveryCount)
    {
        var batch = new ShareStateBatch(offsets.First, offsets.Last, state, deliveryCount);
        if (_batches is [.., var before] && before.IsContinuedBy(batch)) _batches[^1] = before with { LastOffset = offsets.Last };
        else _batches.Add(batch);
    }

    public void AddDeadLetters(OffsetRange offsets, short deliveryCount, DeadLetterCause cause)
    {
        if (_deadLetters is [.., var (before, beforeCount, beforeCause)] && before.Last + 1 == offsets.First
            && (beforeCount, beforeCause) == (deliveryCount, cause))
        {
            _deadLetters[^1] = new(before with { Last = offsets.Last }, deliveryCount, cause);
            return;
        }
        _deadLetters.Add(new(offsets, deliveryCount, cause));
    }
}
