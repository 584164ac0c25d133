using Moldau.Protocol;
using Moldau.Protocol.Messages;

namespace Moldau.Coordination.Transactions;

/// <summary>
/// EndTxn, and the ends that nobody asked for. First the outcome is stored, which decides it; then the markers are written; then it is stored
/// that they are. The version of EndTxn alone says whether the epoch is raised (KIP-890).
/// </summary>
internal static class TransactionEnding
{
    /// <summary>An <see cref="EndTxnResponse"/> or <see cref="ProducerIdNeeded"/>.</summary>
    public static object End(EndTransaction request, Transaction? stored, long? freshId, ProducerMemory memory, TransactionTurn turn)
    {
        if (stored is null) return Refusal(ErrorCode.InvalidProducerIdMapping);
        bool raises = request.ClientVersion >= TransactionVersions.EpochBump;
        var verdict = raises ? EpochRaisingEnd.Judge(request, stored) : KeptEpochEnd.Judge(request, stored);
        if (verdict == EndVerdict.Repeated && raises && stored.IsLastEpochTaken) return Rotate(request, stored, freshId, turn);
        if (verdict == EndVerdict.Repeated) return Accepted(stored.ProducerId, stored.ProducerEpoch);
        if (verdict != EndVerdict.Ends) return Refusal(verdict.Error);
        if (!raises)
        {
            Prepare(request.TransactionalId, stored with { ClientVersion = request.ClientVersion }, request.IsCommit, memory, turn);
            return Accepted(stored.ProducerId, stored.ProducerEpoch);
        }
        // A repetition could not be told from the next end, nor would the next producer id outlive a restart.
        if (!turn.RecordsHaveTags) return Refusal(ErrorCode.UnsupportedVersion);
        if (stored.IsEpochExhausted && freshId is null) return ProducerIdNeeded.Instance;
        var raised = Raised(stored, freshId);
        memory.LastEpochs.Set(request.TransactionalId, stored.ProducerEpoch, stored, raised.ToldProducer);
        Prepare(request.TransactionalId, raised, request.IsCommit, memory, turn);
        return Accepted(raised.ToldProducer.ProducerId, raised.ToldProducer.Epoch);
    }

    /// <summary>
    /// Aborts what is open under an epoch that its producer does not have: whatever it still sends is refused. False where nothing is done, since
    /// another producer id must follow and none is given.
    /// </summary>
    public static bool TryFence(string transactionalId, Transaction open, long? freshId, ProducerMemory memory, TransactionTurn turn)
    {
        bool raisesEpochs = turn.Settings.TransactionVersion >= TransactionVersions.EpochBump;
        if (raisesEpochs && open.IsEpochExhausted && freshId is null) return false;
        var raised = Raised(open, raisesEpochs ? freshId : null) with { ClientVersion = turn.Settings.TransactionVersion };
        memory.LastEpochs.Set(transactionalId, raisesEpochs ? open.ProducerEpoch : Transaction.NoEpoch, open, raised.ToldProducer);
        Prepare(transactionalId, raised, isCommit: false, memory, turn);
        return true;
    }

    /// <summary>The markers are written: another transaction may begin.</summary>
    public static void Complete(WriteMarkers effect, Transaction? stored, ProducerMemory memory, TransactionTurn turn)
    {
        if (!memory.TakeMarkers(effect) || stored is not { IsEnding: true }) return;
        var status = stored.IsCommitting ? TransactionStatus.CompleteCommit : TransactionStatus.CompleteAbort;
        var complete = stored.Next(status, turn.Now.UtcMs) with { Partitions = [], NextProducerId = Transaction.NoProducerId };
        if (stored.NextProducerId != Transaction.NoProducerId) complete = complete with { ProducerId = stored.NextProducerId, ProducerEpoch = 0 };
        turn.StoreEnd(effect.TransactionalId, complete);
    }

    /// <summary>Begins what a transaction whose end is decided still needs.</summary>
    public static void BeginMarkers(string transactionalId, Transaction ending, ProducerMemory memory, TransactionTurn turn) =>
        turn.Decision.Cause(new WriteMarkers(transactionalId, ending.Producer, ending.IsCommitting)
        {
            Partitions = ending.Partitions,
            RaisesEpoch = ending.RaisesEpochs,
            Number = memory.BeginMarkers(transactionalId),
        });

    public static EndTxnResponse Refusal(ErrorCode error) =>
        new() { ErrorCode = error, ProducerId = Transaction.NoProducerId, ProducerEpoch = Transaction.NoEpoch };

    /// <summary>A fence of an older Kafka has ended the transaction under the last epoch, which is nobody's. The producer goes on with another id.</summary>
    private static object Rotate(EndTransaction request, Transaction ended, long? freshId, TransactionTurn turn)
    {
        if (freshId is not { } producerId) return ProducerIdNeeded.Instance;
        turn.Store(request.TransactionalId, ended.Next(ended.Status, turn.Now.UtcMs) with { ProducerId = producerId, ProducerEpoch = 0 });
        return Accepted(producerId, 0);
    }

    private static EndTxnResponse Accepted(long producerId, short epoch) => new() { ProducerId = producerId, ProducerEpoch = epoch };

    /// <summary>No transaction begins under the largest epoch here, but one may have in a directory of an older Kafka. Nothing is above it.</summary>
    private static Transaction Raised(Transaction open, long? nextId) => open with
    {
        ProducerEpoch = open.IsLastEpochTaken ? open.ProducerEpoch : (short)(open.ProducerEpoch + 1),
        NextProducerId = open.IsEpochExhausted && nextId is { } id ? id : Transaction.NoProducerId,
        ClientVersion = TransactionVersions.EpochBump,
    };

    private static void Prepare(string transactionalId, Transaction ended, bool isCommit, ProducerMemory memory, TransactionTurn turn)
    {
        var prepared = ended.Next(isCommit ? TransactionStatus.PrepareCommit : TransactionStatus.PrepareAbort, turn.Now.UtcMs);
        // An abort of nothing is a transaction too, which begins and ends at once.
        if (ended.Status != TransactionStatus.Ongoing) prepared = prepared with { StartMs = turn.Now.UtcMs };
        turn.StoreEnd(transactionalId, prepared);
        memory.CancelTimeout(transactionalId, turn.Decision);
        BeginMarkers(transactionalId, prepared, memory, turn);
    }
}
