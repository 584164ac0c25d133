using Moldau.Protocol.Records;

namespace Moldau.Broker.Handover;

/// <summary>What the batches so far say of one producer.</summary>
internal struct TrackedProducer
{
    public short Epoch;
    public int LastSequence;
    public long LastOffset;

    /// <summary>First offset of the open transaction, or -1.</summary>
    public long TransactionFirstOffset;

    /// <summary>First offset of a record, not only a batch, in the open transaction, or -1: compaction leaves batches without records.</summary>
    public long TransactionFirstRecord;
}

/// <summary>An abort marker with records of its transaction before it in the log.</summary>
internal readonly record struct AbortedTransaction(long ProducerId, long FirstOffset, long MarkerOffset);

/// <summary>Follows the producers of a partition through its batches, as Kafka's ProducerStateManager does when it rebuilds them.</summary>
internal sealed class ProducerTracker
{
    /// <summary>Beyond so many producers nothing more is compared: the check must not need more memory than the broker.</summary>
    private const int ProducersMax = 500_000;

    private const int MarkerBytesMax = 64 * 1024;

    private readonly Dictionary<long, TrackedProducer> _producers = [];

    /// <summary>Whether all of them are followed.</summary>
    public bool IsComplete { get; private set; } = true;

    public int Count => _producers.Count;

    public IEnumerable<KeyValuePair<long, TrackedProducer>> WithOpenTransaction => _producers.Where(producer => producer.Value.TransactionFirstOffset >= 0);

    public bool TryGet(long producerId, out TrackedProducer producer) => _producers.TryGetValue(producerId, out producer);

    /// <summary>The first offset of the transaction that the producer of a batch of records has open before it.</summary>
    public long? OpenTransactionOf(BatchHeader batch) =>
        batch.HasProducerId && !batch.IsControl && _producers.TryGetValue(batch.ProducerId, out var producer) && producer.TransactionFirstOffset >= 0
            ? producer.TransactionFirstOffset
            : null;

    /// <summary>Takes in a batch; an abort of records that stand in the log comes back.</summary>
    public AbortedTransaction? See(SegmentReader reader)
    {
        var batch = reader.Current;
        // Compaction has emptied the marker's batch when all of its transaction was gone: it says nothing of the producer.
        if (!batch.HasProducerId || (batch.IsControl && batch.RecordCount == 0)) return null;
        if (_producers.Count == ProducersMax && !_producers.ContainsKey(batch.ProducerId))
        {
            IsComplete = false;
            return null;
        }
        var producer = _producers.TryGetValue(batch.ProducerId, out var known) ? known : New(batch.ProducerEpoch);
        // A new epoch begins its own sequence; a marker may bring it, too.
        if (producer.Epoch != batch.ProducerEpoch) producer = producer with { Epoch = batch.ProducerEpoch, LastSequence = -1, LastOffset = -1 };
        var aborted = batch.IsControl ? SeeMarker(reader, ref producer) : null;
        if (!batch.IsControl) SeeRecords(batch, ref producer);
        _producers[batch.ProducerId] = producer;
        return aborted;
    }

    private static TrackedProducer New(short epoch) =>
        new() { Epoch = epoch, LastSequence = -1, LastOffset = -1, TransactionFirstOffset = -1, TransactionFirstRecord = -1 };

    private static void SeeRecords(BatchHeader batch, ref TrackedProducer producer)
    {
        producer.LastSequence = batch.LastSequence;
        producer.LastOffset = batch.LastOffset;
        if (!batch.IsTransactional) return;
        if (producer.TransactionFirstOffset < 0) producer.TransactionFirstOffset = batch.BaseOffset;
        if (producer.TransactionFirstRecord < 0 && batch.RecordCount > 0) producer.TransactionFirstRecord = batch.BaseOffset;
    }

    private static AbortedTransaction? SeeMarker(SegmentReader reader, ref TrackedProducer producer)
    {
        var batch = reader.Current;
        if (reader.CurrentBytes(MarkerBytesMax) is not { } bytes || TypeOf(bytes) is not (ControlRecordType.Abort or ControlRecordType.Commit) and not null) return null;
        var aborted = TypeOf(bytes) == ControlRecordType.Abort && producer.TransactionFirstRecord >= 0
            ? new AbortedTransaction(batch.ProducerId, producer.TransactionFirstRecord, batch.LastOffset)
            : (AbortedTransaction?)null;
        producer.TransactionFirstOffset = producer.TransactionFirstRecord = -1;
        return aborted;
    }

    /// <summary>Null where compaction has left no marker in the batch.</summary>
    private static ControlRecordType? TypeOf(byte[] batch)
    {
        try
        {
            foreach (var record in new BatchRecords(batch)) return ControlRecord.TryReadType(record, out var type) ? type : null;
        }
        catch (MalformedBatchException)
        {
            // Its checksum is right, so whoever wrote it meant it; Kafka takes no marker from it either.
        }
        return null;
    }
}
