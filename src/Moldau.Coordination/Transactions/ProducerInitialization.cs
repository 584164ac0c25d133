using Moldau.Protocol;
using Moldau.Protocol.Messages;

namespace Moldau.Coordination.Transactions;

/// <summary>
/// InitProducerId with a transactional id: whoever calls it last has the id, and all before him are fenced by the epoch. A producer that
/// names its present pair goes on after an error (KIP-360), and may ask again if the answer was lost.
/// </summary>
internal static class ProducerInitialization
{
    /// <summary>An <see cref="InitProducerIdResponse"/> or <see cref="ProducerIdNeeded"/>.</summary>
    public static object Initialize(InitProducerIdRequest request, Transaction? stored, long? freshId, ProducerMemory memory, TransactionTurn turn)
    {
        if (request.TransactionTimeoutMs <= 0 || request.TransactionTimeoutMs > turn.Settings.TimeoutMsMax)
            return Refusal(ErrorCode.InvalidTransactionTimeout);
        if (stored is null) return freshId is { } id ? InitializeNew(request, id, memory, turn) : ProducerIdNeeded.Instance;
        if (stored.IsEnding) return Refusal(ErrorCode.ConcurrentTransactions);
        if (NamesPair(request) && !IsOwn(request, stored)) return Refusal(ErrorCode.ProducerFenced);
        if (stored.Status == TransactionStatus.Ongoing) return AbortFirst(request.TransactionalId!, stored, freshId, memory, turn);
        return MustRotate(request, stored)
            ? Rotate(request, stored, freshId, memory, turn)
            : RaiseEpoch(request, stored, memory, turn);
    }

    public static InitProducerIdResponse Refusal(ErrorCode error) =>
        new() { ErrorCode = error, ProducerId = Transaction.NoProducerId, ProducerEpoch = Transaction.NoEpoch };

    private static bool NamesPair(InitProducerIdRequest request) => request.ProducerId != Transaction.NoProducerId;

    /// <summary>The present producer id, or the one before if that had used up its epochs.</summary>
    private static bool IsOwn(InitProducerIdRequest request, Transaction stored) =>
        request.ProducerId == stored.ProducerId
        || (request.ProducerId == stored.PreviousProducerId && Transaction.IsExhausted(request.ProducerEpoch));

    private static InitProducerIdResponse InitializeNew(InitProducerIdRequest request, long producerId, ProducerMemory memory, TransactionTurn turn)
    {
        var made = new Transaction
        {
            Status = TransactionStatus.Empty,
            ProducerId = producerId,
            PreviousProducerId = producerId,
            ProducerEpoch = 0,
            TimeoutMs = request.TransactionTimeoutMs,
            UpdateMs = turn.Now.UtcMs,
        };
        return Accept(request, stored: null, made, Transaction.NoEpoch, memory, turn);
    }

    private static object AbortFirst(string transactionalId, Transaction stored, long? freshId, ProducerMemory memory, TransactionTurn turn) =>
        TransactionEnding.TryFence(transactionalId, stored, freshId, memory, turn) ? Refusal(ErrorCode.ConcurrentTransactions) : ProducerIdNeeded.Instance;

    /// <summary>The epochs are used up, unless it is a repetition, which is answered by the epoch that it was given.</summary>
    private static bool MustRotate(InitProducerIdRequest request, Transaction stored) =>
        stored.IsEpochExhausted && (!NamesPair(request) || request.ProducerEpoch == stored.ProducerEpoch);

    private static object Rotate(InitProducerIdRequest request, Transaction stored, long? freshId, ProducerMemory memory, TransactionTurn turn)
    {
        if (freshId is not { } producerId) return ProducerIdNeeded.Instance;
        short last = NamesPair(request) ? request.ProducerEpoch : Transaction.NoEpoch;
        return Accept(request, stored, Emptied(request, stored, turn) with { ProducerId = producerId, ProducerEpoch = 0 }, last, memory, turn);
    }

    private static InitProducerIdResponse RaiseEpoch(InitProducerIdRequest request, Transaction stored, ProducerMemory memory, TransactionTurn turn)
    {
        short last = memory.LastEpochs.Of(request.TransactionalId!, stored);
        var emptied = Emptied(request, stored, turn);
        if (!NamesPair(request)) last = Transaction.NoEpoch;
        else if (request.ProducerEpoch == stored.ProducerEpoch) last = stored.ProducerEpoch;
        else if (request.ProducerEpoch == last) return Accept(request, stored, emptied, last, memory, turn);
        else return Refusal(ErrorCode.ProducerFenced);
        return Accept(request, stored, emptied with { ProducerEpoch = (short)(stored.ProducerEpoch + 1) }, last, memory, turn);
    }

    private static Transaction Emptied(InitProducerIdRequest request, Transaction stored, TransactionTurn turn) =>
        stored.Next(TransactionStatus.Empty, turn.Now.UtcMs) with
        {
            NextProducerId = Transaction.NoProducerId,
            TimeoutMs = request.TransactionTimeoutMs,
            Partitions = [],
            StartMs = -1,
        };

    private static InitProducerIdResponse Accept(
        InitProducerIdRequest request, Transaction? stored, Transaction accepted, short lastEpoch, ProducerMemory memory, TransactionTurn turn)
    {
        turn.Store(request.TransactionalId!, accepted);
        memory.LastEpochs.Set(request.TransactionalId!, lastEpoch, stored, accepted.Producer);
        return new InitProducerIdResponse { ProducerId = accepted.ProducerId, ProducerEpoch = accepted.ProducerEpoch };
    }
}
