using Moldau.Protocol;

namespace Moldau.Coordination.Transactions;

/// <summary>
/// AddPartitionsToTxn, AddOffsetsToTxn, and what a write of a transaction asks for (KIP-890): adds partitions, or says whether they are
/// added.
/// </summary>
internal static class TransactionPartitions
{
    public static PartitionsInTransaction Add(AddPartitions request, Transaction? stored, ProducerMemory memory, TransactionTurn turn)
    {
        var error = Check(request, stored);
        if (error != ErrorCode.None) return new PartitionsInTransaction(error);
        if (request.OnlyVerifies)
        {
            return new PartitionsInTransaction(ErrorCode.None)
            {
                Missing = request.Partitions.Where(partition => !stored!.Partitions.Contains(partition)).ToHashSet(),
            };
        }
        bool isOngoing = stored!.Status == TransactionStatus.Ongoing;
        if (isOngoing && request.Partitions.All(stored.Partitions.Contains)) return new PartitionsInTransaction(ErrorCode.None);
        turn.Store(request.TransactionalId, stored.Next(TransactionStatus.Ongoing, turn.Now.UtcMs) with
        {
            Partitions = stored.Partitions.Union(request.Partitions),
            StartMs = isOngoing ? stored.StartMs : turn.Now.UtcMs,
            ClientVersion = turn.LevelOf(request.ClientVersion),
        });
        if (!isOngoing) memory.ArmTimeout(request.TransactionalId, stored, turn.Now.TimerMs + stored.TimeoutMs, turn.Decision);
        return new PartitionsInTransaction(ErrorCode.None);
    }

    private static ErrorCode Check(AddPartitions request, Transaction? stored)
    {
        if (stored is null) return ErrorCode.InvalidProducerIdMapping;
        // First of all: the producer may name the pair already that counts when the markers are written. Who only verifies does not go on with it.
        if (stored.IsEnding && !request.OnlyVerifies) return ErrorCode.ConcurrentTransactions;
        if (stored.ProducerId != request.Producer.ProducerId) return ErrorCode.InvalidProducerIdMapping;
        if (stored.ProducerEpoch != request.Producer.Epoch) return ErrorCode.ProducerFenced;
        // The last epoch fences what is under the one before. A transaction under it could not be fenced any more.
        if (stored.IsLastEpochTaken) return ErrorCode.ProducerFenced;
        return stored.IsEnding ? ErrorCode.ConcurrentTransactions : ErrorCode.None;
    }
}
