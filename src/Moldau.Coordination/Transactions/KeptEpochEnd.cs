using Moldau.Protocol;

namespace Moldau.Coordination.Transactions;

/// <summary>EndTxn up to v4: the epoch stays, so that a repetition looks like the first request, and is told by the outcome alone.</summary>
internal static class KeptEpochEnd
{
    public static EndVerdict Judge(EndTransaction request, Transaction stored)
    {
        if (stored.ProducerId != request.Producer.ProducerId) return EndVerdict.Refused(ErrorCode.InvalidProducerIdMapping);
        if (stored.ProducerEpoch != request.Producer.Epoch) return EndVerdict.Refused(ErrorCode.ProducerFenced);
        if (stored.Status == TransactionStatus.Ongoing) return EndVerdict.Ends;
        if (stored.IsEnding) return EndVerdict.Refused(ErrorCode.ConcurrentTransactions);
        return EndVerdict.IsOutcomeOf(request, stored) ? EndVerdict.Repeated : EndVerdict.Refused(ErrorCode.InvalidTxnState);
    }
}
