using Moldau.Broker.Handlers.Transactions;
using Moldau.Broker.Topics;
using Moldau.Coordination;
using Moldau.Coordination.Metadata;
using Moldau.Log.Producers;
using Moldau.Protocol;
using Moldau.Protocol.Messages;
using Moldau.Protocol.Records;
using PartitionProduceData = Moldau.Protocol.Messages.ProduceRequest.PartitionProduceData;
using PartitionProduceResponse = Moldau.Protocol.Messages.ProduceResponse.PartitionProduceResponse;

namespace Moldau.Broker.Handlers.Records;

/// <summary>
/// The transactional batches of one produce request: those that begin their transaction in a partition are asked for before anything of the
/// request is appended, all in one go. The others find it open in the partition's log.
/// </summary>
internal sealed class ProduceTransactions
{
    private readonly Dictionary<PartitionProduceData, Beginning> _beginnings = [];
    private readonly string _transactionalId;
    private readonly TransactionalProducer _producer;
    private readonly VerificationRule _rule;

    private ProduceTransactions(string transactionalId, TransactionalProducer producer, VerificationRule rule) =>
        (_transactionalId, _producer, _rule) = (transactionalId, producer, rule);

    /// <summary>A batch that begins its producer's transaction in a partition, and what the coordinator says to it.</summary>
    private sealed record Beginning(BeginningTransaction Transaction)
    {
        public ErrorCode Error { get; set; } = ErrorCode.InvalidTxnState;
    }

    /// <summary>Whether transactional batches of a request are of different producers, or epochs of one: a transaction is of one only.</summary>
    public static bool HasSeveralProducers(ProduceRequest request)
    {
        TransactionalProducer? first = null;
        foreach (var topic in request.TopicData)
        {
            foreach (var data in topic.PartitionData)
            {
                if (!IsTransactional(data, out var header)) continue;
                if (first is { } known && known != ProducerOf(header)) return true;
                first = ProducerOf(header);
            }
        }
        return false;
    }

    /// <summary>Null where nobody has to be asked. The transactional batches of the request are of one producer.</summary>
    public static ProduceTransactions? Begun(RequestContext context, ProduceRequest request, BrokerServices services)
    {
        if (request.TransactionalId is not { } transactionalId) return null;
        ProduceTransactions? begun = null;
        foreach (var topic in request.TopicData)
        {
            foreach (var data in topic.PartitionData)
            {
                if (!IsTransactional(data, out var header)) continue;
                if (Produce.Find(context, topic, data.Index, services.Partitions, out var partition) != ErrorCode.None) continue;
                // They take no transactions from clients, so nothing is to be ended there.
                if (TopicNames.IsInternal(partition.Log.Name.Topic)) continue;
                var known = partition.Log.TransactionOf(header.ProducerId);
                if (known.IsOpenUnder(header.ProducerEpoch)) continue;
                begun ??= new ProduceTransactions(transactionalId, ProducerOf(header), RuleOf(context.Version));
                var beginning = new Beginning(new BeginningTransaction(partition.Log, header.ProducerId));
                // Fenced already, whatever its coordinator says.
                if (header.ProducerEpoch < known.Epoch) beginning.Error = ErrorCode.InvalidProducerEpoch;
                begun._beginnings[data] = beginning;
            }
        }
        return begun;
    }

    /// <summary>The bytes of the whole request, taken out of the frame that they borrow from: they are appended after the question.</summary>
    public static int CopyRecords(ProduceRequest request)
    {
        int bytes = 0;
        foreach (var topic in request.TopicData)
        {
            foreach (var data in topic.PartitionData)
            {
                if (data.Records is not { } records) continue;
                data.Records = records.ToArray();
                bytes += records.Length;
            }
        }
        return bytes;
    }

    public async ValueTask AskAsync(TransactionVerifier verifier)
    {
        Beginning[] asked = [.. _beginnings.Values.Where(beginning => beginning.Error != ErrorCode.InvalidProducerEpoch)];
        if (asked.Length == 0) return;
        var answer = await verifier
            .AskAsync(_transactionalId, _producer, Array.ConvertAll(asked, beginning => beginning.Transaction), _rule)
            .ConfigureAwait(false);
        foreach (var beginning in asked) beginning.Error = OfProduce(answer.ErrorOf(beginning.Transaction.Partition), _rule);
    }

    /// <summary>
    /// Whether the batch may be appended, and what the log has to know for it. A transaction that was open when the request came and ended
    /// since is not begun anew.
    /// </summary>
    public static ErrorCode Check(ProduceTransactions? begun, PartitionProduceData data, Partition partition, out AppendRules rules)
    {
        rules = default;
        if (!IsTransactional(data, out var header)) return ErrorCode.None;
        if (begun is not null && begun._beginnings.TryGetValue(data, out var beginning))
        {
            rules = new AppendRules(beginning.Transaction.Ended, MustBeginAtZero: begun._rule == VerificationRule.Add);
            // The coordinator may be there for the next batch, which must not come before this one.
            if (beginning.Error == ErrorCode.NotEnoughReplicas) partition.Log.NoteRefused(header, BatchRefusal.InPassing);
            return beginning.Error;
        }
        var known = partition.Log.TransactionOf(header.ProducerId);
        rules = new AppendRules(known.Ended, MustBeginAtZero: false);
        // First: to a fenced producer this is the end of its transaction, to any other the end of its work.
        if (header.ProducerEpoch < known.Epoch) return ErrorCode.InvalidProducerEpoch;
        return known.IsOpenUnder(header.ProducerEpoch) ? ErrorCode.None : ErrorCode.InvalidTxnState;
    }

    public static PartitionProduceResponse Failed(int index, ErrorCode error, Partition partition)
    {
        var failed = ProduceAppend.Failed(index, error);
        if (error == ErrorCode.InvalidTxnState)
            failed.ErrorMessage = $"The transaction is not open in {partition.Log.Name}: add the partition before it is written to.";
        return failed;
    }

    private static bool IsTransactional(PartitionProduceData data, out BatchHeader header)
    {
        header = default;
        return data.Records is { } records && BatchHeader.TryRead(records.Span, out header) && header is { IsTransactional: true, HasProducerId: true };
    }

    private static TransactionalProducer ProducerOf(in BatchHeader header) => new(header.ProducerId, header.ProducerEpoch);

    private static VerificationRule RuleOf(short version)
    {
        const short KnowsAbortableSince = 11, AddsSince = 12;
        return version >= AddsSince ? VerificationRule.Add
            : version >= KnowsAbortableSince ? VerificationRule.Verify
            : VerificationRule.VerifyForOldClient;
    }

    /// <summary>
    /// What passes comes as an error after which every producer sends the batch again; clients that add partitions by their writes know the
    /// coordinator's own.
    /// </summary>
    private static ErrorCode OfProduce(ErrorCode error, VerificationRule rule) => error switch
    {
        ErrorCode.CoordinatorNotAvailable or ErrorCode.CoordinatorLoadInProgress or ErrorCode.NotCoordinator => ErrorCode.NotEnoughReplicas,
        ErrorCode.ConcurrentTransactions when rule != VerificationRule.Add => ErrorCode.NotEnoughReplicas,
        _ => TransactionVerifier.Shown(error, rule),
    };
}

/// <summary>What a log has to know of a transactional batch.</summary>
internal readonly record struct AppendRules(long? TransactionsEnded, bool MustBeginAtZero);
