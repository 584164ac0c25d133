using Moldau.Coordination.ShareState;
using Moldau.Protocol;

namespace Moldau.Coordination.SharePartitions;

/// <summary>Marks records with what a member says of them, as one change.</summary>
internal sealed class AcknowledgementMarking(
    InFlightRanges ranges, StateChange change, string memberId, ShareDeliverySettings settings, long nowMs)
{
    /// <summary>Whether the lock of some record began anew, which is nothing to be stored.</summary>
    public bool HasRenewed { get; private set; }

    /// <summary>Whether a lock was to begin anew that may not.</summary>
    public bool HasForbiddenRenewal { get; private set; }

    /// <summary>Marks the records from the start on; returns why they cannot be acknowledged, where that is so.</summary>
    public ErrorCode? Mark(in Acknowledgement acknowledgement, long startOffset)
    {
        long first = Math.Max(acknowledgement.Offsets.First, startOffset), last = acknowledgement.Offsets.Last;
        if (Check(acknowledgement.Offsets, startOffset) is { } fault) return fault;
        HasForbiddenRenewal = !settings.MayRenew && acknowledgement.Types.Contains((sbyte)AcknowledgeType.Renew);
        if (HasForbiddenRenewal) return ErrorCode.InvalidRecordState;
        for (int index = ranges.IndexFrom(first); index < ranges.Count && ranges[index].First <= last; index++)
        {
            var range = ranges[index];
            bool isTheirs = range is { State: DeliveryState.Acquired, Change: null } && range.MemberId == memberId;
            if (!isTheirs) return ErrorCode.InvalidRecordState;
            index = MarkRange(index, new(Math.Max(first, range.First), Math.Min(last, range.Last)), acknowledgement);
        }
        return null;
    }

    /// <summary>Kafka tells offsets that were never handed out from those of which it knows nothing any more.</summary>
    private ErrorCode? Check(OffsetRange offsets, long startOffset)
    {
        bool isSplitByStart = offsets.First < startOffset;
        if (!isSplitByStart && (ranges.Count == 0 || ranges[0].First > offsets.First)) return ErrorCode.InvalidRecordState;
        int index = ranges.IndexFrom(offsets.Last);
        bool isHandedOut = index < ranges.Count && ranges[index].First <= offsets.Last;
        return isHandedOut ? null : ErrorCode.InvalidRequest;
    }

    /// <summary>Marks a part of the range at the index, and returns the index of the last range that has some of the part.</summary>
    private int MarkRange(int index, OffsetRange part, in Acknowledgement acknowledgement)
    {
        if (ranges[index].First < part.First) ranges.Split(index++, part.First);
        for (long first = part.First; ; index++)
        {
            long same = acknowledgement.LastOfSameType(first, part.Last);
            if (ranges[index].Last > same) ranges.Split(index, same + 1);
            Mark(ranges[index], acknowledgement.TypeAt(first));
            if (same == part.Last) return index;
            first = same + 1;
        }
    }

    private void Mark(InFlightRange range, AcknowledgeType type)
    {
        if (type == AcknowledgeType.Renew)
        {
            range.LockedUntilMs = nowMs + settings.LockDurationMs;
            HasRenewed = true;
            return;
        }
        var state = type switch
        {
            AcknowledgeType.Accept => DeliveryState.Acknowledged,
            AcknowledgeType.Release => settings.AfterRelease(range.DeliveryCount),
            AcknowledgeType.Reject => settings.GivenUp,
            _ => DeliveryState.Archived,
        };
        range.Begin(change, state);
        change.Add(range.Offsets, state, range.DeliveryCount);
        if (state != DeliveryState.Archiving) return;
        var cause = type == AcknowledgeType.Reject ? DeadLetterCause.Rejected : DeadLetterCause.DeliveredTooOften;
        change.AddDeadLetters(range.Offsets, range.DeliveryCount, cause);
    }
}
