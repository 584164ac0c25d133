using Moldau.Protocol;

namespace Moldau.Coordination.Transactions;

/// <summary>
/// EndTxn from v5 on (KIP-890): each end raises the epoch, so that a repetition is told by the epoch before, and an abort of nothing is good
/// for a client that does not know whether anything of it arrived.
/// </summary>
internal static class EpochRaisingEnd
{
    public static EndVerdict Judge(EndTransaction request, Transaction stored)
    {
        // Before anything else: the pair that an end has handed out counts when its markers are written, and its producer may name it already.
        if (stored.IsEnding) return EndVerdict.Refused(ErrorCode.ConcurrentTransactions);
        bool isOwn = stored.ProducerId == request.Producer.ProducerId || IsOfIdBefore(request.Producer, stored);
        if (!isOwn) return EndVerdict.Refused(ErrorCode.InvalidProducerIdMapping);
        bool isRepeated = IsRepeated(request.Producer, stored);
        if (!isRepeated && !IsPresent(request.Producer, stored)) return EndVerdict.Refused(ErrorCode.ProducerFenced);
        if (stored.Status == TransactionStatus.Ongoing) return EndVerdict.Ends;
        if (isRepeated) return EndVerdict.IsOutcomeOf(request, stored) ? EndVerdict.Repeated : EndVerdict.Refused(ErrorCode.InvalidTxnState);
        return request.IsCommit ? EndVerdict.Refused(ErrorCode.InvalidTxnState) : EndVerdict.Ends;
    }

    /// <summary>The last epoch is nobody's.</summary>
    private static bool IsPresent(TransactionalProducer producer, Transaction stored) =>
        producer.Epoch == stored.ProducerEpoch && !stored.IsLastEpochTaken;

    /// <summary>The last epoch of the producer id before, after which another id has followed.</summary>
    private static bool IsOfIdBefore(TransactionalProducer producer, Transaction stored) =>
        producer.ProducerId == stored.PreviousProducerId && Transaction.IsExhausted(producer.Epoch) && stored.ProducerEpoch == 0;

    /// <summary>The pair before the present one, if it was an end that raised it.</summary>
    private static bool IsRepeated(TransactionalProducer producer, Transaction stored)
    {
        if (!stored.RaisesEpochs || stored.Status is TransactionStatus.Ongoing or TransactionStatus.Empty) return false;
        return producer.ProducerId == stored.ProducerId ? stored.ProducerEpoch == producer.Epoch + 1 : IsOfIdBefore(producer, stored);
    }
}
