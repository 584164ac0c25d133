using Moldau.Coordination.ShareState;
using Moldau.Protocol;

namespace Moldau.Coordination.SharePartitions;

/// <summary>
/// What a share group has of one partition: which records were handed out to whom, and what became of them. Everything before the start is
/// done with, everything from the end on was never handed out.
/// </summary>
/// <remarks>
/// It owns no durable state: what must survive comes out as a <see cref="StateChange"/>, and counts when the host says that it is stored.
/// Acquired records and their locks are forgotten by a restart; the records are then available as they were before.
/// </remarks>
internal sealed class ShareDelivery
{
    private readonly InFlightRanges _ranges = new();

    // False: no record is available. True says nothing.
    private bool _mayHaveAvailable;

    public ShareDelivery(long startOffset) => (StartOffset, EndOffset) = (startOffset, startOffset);

    /// <summary>The first offset that is not done with.</summary>
    public long StartOffset { get; private set; }

    /// <summary>The offset after the last one that was handed out.</summary>
    public long EndOffset { get; private set; }

    /// <summary>Records between start and end, which may not be more than there may be locks.</summary>
    public long InFlightCount => EndOffset - StartOffset;

    /// <summary>How many of the records between start and end are done with, those whose end is being stored included.</summary>
    public int CompleteCount
    {
        get
        {
            long count = 0;
            for (int index = 0; index < _ranges.Count; index++)
            {
                if (_ranges[index].StateToCome.IsComplete()) count += _ranges[index].Offsets.Count;
            }
            return (int)count;
        }
    }

    /// <summary>Whether some member has records, or a change to them is being stored.</summary>
    public bool HasAcquired => Ranges.Any(range => range.State == DeliveryState.Acquired);

    /// <summary>Whether the member has records, or a change to what it had is being stored.</summary>
    public bool HasAcquiredBy(string memberId) => Ranges.Any(range => range.State == DeliveryState.Acquired && range.MemberId == memberId);

    /// <summary>When <see cref="Expire"/> may have something to do; null where nothing is acquired.</summary>
    public long? NextDeadlineMs { get; private set; }

    /// <summary>The ranges in their order, as a test may want to see them.</summary>
    public IEnumerable<InFlightRange> Ranges
    {
        get
        {
            for (int index = 0; index < _ranges.Count; index++) yield return _ranges[index];
        }
    }

    /// <summary>
    /// Takes up what was stored. Of the offsets between the stored ranges nothing is known but that they were handed out: they are available
    /// again.
    /// </summary>
    public static ShareDelivery Restore(long startOffset, IReadOnlyList<ShareStateBatch> batches)
    {
        var state = new ShareDelivery(startOffset) { _mayHaveAvailable = batches.Count > 0 };
        foreach (var (first, last, delivery, deliveryCount) in batches)
        {
            var offsets = new OffsetRange(first, last);
            if (offsets.First < state.EndOffset || offsets.Last < offsets.First)
            {
                throw new ArgumentException(
                    $"The stored state of a share partition has the range {offsets} where one from {state.EndOffset} on was expected.", nameof(batches));
            }
            if (offsets.First > state.EndOffset) state.Append(new(state.EndOffset, offsets.First - 1), DeliveryState.Available, 0);
            state.Append(offsets, delivery == DeliveryState.Acquired ? DeliveryState.Available : delivery, deliveryCount);
        }
        state.MoveStart();
        return state;
    }

    /// <summary>From where on the log is to be read for the next member that asks.</summary>
    public long NextFetchOffset()
    {
        for (int index = 0; _mayHaveAvailable && index < _ranges.Count; index++)
        {
            if (_ranges[index].IsAvailable) return _ranges[index].First;
        }
        _mayHaveAvailable = false;
        return EndOffset;
    }

    /// <summary>False: as many records as there may be are handed out, and none of them is to be handed out again.</summary>
    public bool CanAcquire(ShareDeliverySettings settings) => NextFetchOffset() < EndOffset || InFlightCount < settings.RecordLocksMax;

    /// <summary>
    /// Acquires records of the batches that were read, which come in their order, and returns which. Nobody is to get the aborted ones.
    /// </summary>
    public IReadOnlyList<AcquiredRange> Acquire(
        in AcquireRequest request, ReadOnlySpan<OffsetRange> fetched, ReadOnlySpan<OffsetRange> aborted = default)
    {
        if (fetched.IsEmpty || request.RecordsMax <= 0) return [];
        bool wasEmpty = _ranges.Count == 0;
        var acquisition = new Acquisition(_ranges, request, fetched);
        EndOffset = acquisition.Run(StartOffset, EndOffset);
        if (wasEmpty && _ranges.Count > 0) StartOffset = _ranges[0].First;
        if (acquisition.Acquired.Count > 0) NoteDeadline(request.LockedUntilMs);
        _mayHaveAvailable = true;
        foreach (var range in aborted) acquisition.Archive(range);
        // Kafka moves the start with an acknowledgement only. Where nobody has anything to acknowledge, none will come.
        if (acquisition.Acquired.Count == 0) MoveStart();
        return acquisition.Acquired;
    }

    /// <summary>Begins the change that the acknowledgements ask for: all of them or none.</summary>
    public AcknowledgeVerdict Acknowledge(string memberId, IReadOnlyList<Acknowledgement> acknowledgements, ShareDeliverySettings settings, long nowMs)
    {
        var change = new StateChange();
        var marking = new AcknowledgementMarking(_ranges, change, memberId, settings, nowMs);
        foreach (var acknowledgement in acknowledgements)
        {
            if (acknowledgement.Offsets.Last < StartOffset) continue;
            if (marking.Mark(acknowledgement, StartOffset) is not { } fault) continue;
            TakeBack(change);
            return AcknowledgeVerdict.Refused(fault) with { IsForbiddenRenewal = marking.HasForbiddenRenewal };
        }
        if (marking.HasRenewed) NoteDeadline(nowMs + settings.LockDurationMs);
        return AcknowledgeVerdict.Begun(change);
    }

    /// <summary>Begins to give back what the member has.</summary>
    public StateChange Release(string memberId, ShareDeliverySettings settings)
    {
        var change = new StateChange();
        foreach (var range in Ranges) Release(range, memberId, change, settings);
        return change;
    }

    /// <summary>
    /// Takes back what was acquired for a member that was never told of it: that was no delivery, and a restart need not know of it.
    /// </summary>
    public void Undeliver(string memberId, IEnumerable<AcquiredRange> acquired)
    {
        foreach (var (offsets, deliveryCount) in acquired)
        {
            for (int index = IsolateFrom(offsets); index < _ranges.Count && _ranges[index].First <= offsets.Last; index++)
            {
                var range = _ranges[index];
                bool isStillHad = range is { State: DeliveryState.Acquired, Change: null } && range.MemberId == memberId;
                if (isStillHad && range.DeliveryCount == deliveryCount) range.Undeliver();
            }
        }
        _mayHaveAvailable = true;
        _ranges.Join(0, long.MaxValue);
    }

    private static void Release(InFlightRange range, string memberId, StateChange change, ShareDeliverySettings settings)
    {
        if (range.State != DeliveryState.Acquired || range.Change is not null || range.MemberId != memberId) return;
        var state = settings.AfterRelease(range.DeliveryCount);
        range.Begin(change, state);
        Note(change, range, state);
    }

    /// <summary>Lets ranges begin and end where the offsets do, and returns the index of the first of them.</summary>
    private int IsolateFrom(OffsetRange offsets)
    {
        _ranges.SplitAt(offsets.First);
        _ranges.SplitAt(offsets.Last + 1);
        return _ranges.IndexFrom(offsets.First);
    }

    /// <summary>
    /// Takes the records whose lock has ended from their members, at once; what is stored of it says after a restart that they were delivered.
    /// </summary>
    public StateChange Expire(long nowMs, ShareDeliverySettings settings)
    {
        var change = new StateChange { CountsAtOnce = true };
        NextDeadlineMs = null;
        foreach (var range in Ranges)
        {
            if (range.State != DeliveryState.Acquired || range.Change is not null) continue;
            if (range.LockedUntilMs > nowMs)
            {
                NoteDeadline(range.LockedUntilMs);
                continue;
            }
            var state = settings.AfterRelease(range.DeliveryCount);
            range.Become(state);
            Note(change, range, state);
            _mayHaveAvailable = true;
        }
        return change;
    }

    /// <summary>Begins to archive records whose dead letters are written.</summary>
    public StateChange ArchiveDeadLetters(params IEnumerable<OffsetRange> buried)
    {
        var change = new StateChange();
        foreach (var offsets in buried) ArchiveDeadLetters(offsets, change);
        return change;
    }

    private void ArchiveDeadLetters(OffsetRange offsets, StateChange change)
    {
        for (int index = IsolateFrom(offsets); index < _ranges.Count && _ranges[index].First <= offsets.Last; index++)
        {
            var range = _ranges[index];
            if (range.State != DeliveryState.Archiving || range.Change is not null) continue;
            range.Begin(change, DeliveryState.Archived);
            change.Add(range.Offsets, DeliveryState.Archived, range.DeliveryCount);
        }
    }

    /// <summary>The dead letters that a restart has left to be written. Why the records were given up is not stored.</summary>
    public IReadOnlyList<DeadLetters> UnwrittenDeadLetters(ShareDeliverySettings settings) =>
    [
        .. Ranges.Where(range => range is { State: DeliveryState.Archiving, Change: null }).Select(range => new DeadLetters(
            range.Offsets,
            range.DeliveryCount,
            range.DeliveryCount >= settings.DeliveryCountLimit ? DeadLetterCause.DeliveredTooOften : DeadLetterCause.Rejected)),
    ];

    /// <summary>The changes are stored: they count from now on.</summary>
    public void Complete(params HashSet<StateChange> changes)
    {
        foreach (var range in Ranges)
        {
            if (range.Change is { } change && changes.Contains(change)) range.Become(range.StateToCome);
        }
        _mayHaveAvailable = true;
        MoveStart();
        _ranges.Join(0, long.MaxValue);
    }

    /// <summary>The changes are not stored: the members have their records as before, for as long as their locks last.</summary>
    public void TakeBack(params HashSet<StateChange> changes)
    {
        foreach (var range in Ranges)
        {
            if (range.Change is not { } change || !changes.Contains(change)) continue;
            range.TakeBack();
            if (range.State == DeliveryState.Acquired) NoteDeadline(range.LockedUntilMs);
        }
        // What has ended with its lock is done with, whether that is stored or not.
        MoveStart();
        _ranges.Join(0, long.MaxValue);
    }

    /// <summary>
    /// The log begins at the offset from now on: what is before it is done with, whoever has it. True where that moves the start. Whoever has
    /// something of it has nothing to acknowledge any more that would be stored.
    /// </summary>
    public bool MoveLogStart(long logStartOffset)
    {
        if (logStartOffset <= StartOffset) return false;
        _ranges.SplitAt(logStartOffset);
        _ranges.RemoveFirst(_ranges.IndexFrom(logStartOffset));
        StartOffset = logStartOffset;
        EndOffset = Math.Max(EndOffset, logStartOffset);
        return true;
    }

    private void Append(OffsetRange offsets, DeliveryState state, short deliveryCount)
    {
        _ranges.Append(new InFlightRange(offsets, offsets, state, deliveryCount));
        EndOffset = offsets.Last + 1;
    }

    /// <summary>Moves the start behind what is done with.</summary>
    private void MoveStart()
    {
        int done = 0;
        while (done < _ranges.Count && _ranges[done] is { Change: null } range && range.State.IsComplete()) done++;
        if (done == 0) return;
        _ranges.RemoveFirst(done);
        StartOffset = _ranges.Count > 0 ? _ranges[0].First : EndOffset;
    }

    private void NoteDeadline(long deadlineMs) => NextDeadlineMs = Math.Min(NextDeadlineMs ?? long.MaxValue, deadlineMs);

    private static void Note(StateChange change, InFlightRange range, DeliveryState state)
    {
        change.Add(range.Offsets, state, range.DeliveryCount);
        if (state == DeliveryState.Archiving) change.AddDeadLetters(range.Offsets, range.DeliveryCount, DeadLetterCause.DeliveredTooOften);
    }
}

/// <summary>What an acknowledgement comes to: a change that is to be stored, or a refusal that has changed nothing.</summary>
internal readonly record struct AcknowledgeVerdict(ErrorCode Error, StateChange Change)
{
    /// <summary>Refused since the group forbids to renew locks.</summary>
    public bool IsForbiddenRenewal { get; init; }

    public static AcknowledgeVerdict Begun(StateChange change) => new(ErrorCode.None, change);

    public static AcknowledgeVerdict Refused(ErrorCode error) => new(error, new StateChange());
}
