using Moldau.Broker.Topics;
using Moldau.Coordination;
using Moldau.Log;
using Moldau.Protocol;
using Moldau.Protocol.Records;
using Moldau.Protocol.Wire;

namespace Moldau.Broker.Hosting;

/// <summary>A shard's records in a partition of an internal topic, in Kafka's batches.</summary>
internal sealed class CoordinatorLog(Partition partition, int baseSequence = CoordinatorLog.GroupSequence) : ICoordinatorLog
{
    /// <summary>What Kafka's group coordinator writes, though most of its batches have no producer id.</summary>
    public const int GroupSequence = 0;

    private const int ReadBytesMax = 1024 * 1024;

    private readonly PartitionLog _log = partition.Log;
    private readonly AppendContext _context = new() { LeaderEpoch = partition.LeaderEpoch, Origin = AppendOrigin.Coordinator };
    private readonly int _batchBytesMax = partition.Config.MaxMessageBytes;

    public long EndOffset => _log.LogEndOffset;

    public int LeaderEpoch => partition.LeaderEpoch;

    /// <summary>All of them belong to the same transaction, or to none; a marker stands alone.</summary>
    public ErrorCode Append(IReadOnlyList<CoordinatorRecord> records, long utcMs)
    {
        if (records[0] is { End: { } end, Producer: { } ended }) return AppendMarker(ended, end, utcMs);
        var producer = records[0].Producer;
        using var batch = new BatchBuilder(OptionsOf(producer));
        using var key = new WireWriter();
        using var value = new WireWriter();
        foreach (var record in records)
        {
            key.Reset();
            record.WriteKey(key);
            batch.Append(utcMs, key.Written, ValueOf(record, value));
            if (batch.UncompressedBytes > _batchBytesMax && !record.MayExceedLimit) return ErrorCode.MessageTooLarge;
        }
        return _log.Append(batch.Build(), _context with { TransactionsEnded = producer?.TransactionsEnded }).Error;
    }

    public bool IsCommitted(long endOffset) => _log.HighWatermark >= endOffset;

    public ValueTask CommittedAsync(long endOffset) => _log.CommittedAsync(endOffset);

    public IReadOnlyList<(long First, long Last)> Replay(RecordReader read, Action<CoordinatorRecord, long> apply)
    {
        var damaged = new List<(long First, long Last)>();
        for (long next = _log.LogStartOffset; next < _log.LogEndOffset;)
        {
            using var bytes = _log.Read(next, ReadBytesMax, ReadBound.LogEnd);
            if (bytes.Error == ErrorCode.KafkaStorageError) throw new LogUnavailableException($"{_log.Name} cannot be read at offset {next} now.");
            if (bytes.Error != ErrorCode.None) throw new IOException($"{_log.Name} cannot be read at offset {next}: {bytes.Error}.");
            if (bytes.IsBehindDamage) damaged.Add((next, FirstOf(bytes) - 1));
            // The end may lie behind the last batch: compaction took what stood there, or damage hides it in a segment that is not appended to.
            if (bytes.Records.IsEmpty) break;
            long after = 0;
            foreach (var batch in new StoredBatches(bytes.Records))
            {
                foreach (var (record, offset) in batch.Read(read)) apply(record, offset);
                after = batch.NextOffset;
            }
            next = after > next ? after : throw new IOException($"{_log.Name} has no whole batch at offset {next}.");
        }
        return damaged;
    }

    public ErrorCode DeleteBefore(long offset) => _log.DeleteRecordsBefore(offset);

    private long FirstOf(in LogRead bytes) => BatchHeader.TryRead(bytes.Records.Span, out var first) ? first.BaseOffset : _log.LogEndOffset;

    private ErrorCode AppendMarker(TransactionalProducer producer, TransactionEnd end, long utcMs)
    {
        using var batch = MarkerBatch.Of(producer, end, utcMs);
        return _log.Append(batch.Build(), _context with { MarkerRaisesEpoch = end.RaisesEpoch }).Error;
    }

    private BatchOptions OptionsOf(TransactionalProducer? producer) => producer is { } transactional
        ? new BatchOptions
        {
            ProducerId = transactional.ProducerId,
            ProducerEpoch = transactional.Epoch,
            BaseSequence = baseSequence,
            Kind = BatchAttributes.Transactional,
        }
        : new BatchOptions { BaseSequence = baseSequence };

    private static ReadOnlyMemory<byte>? ValueOf(CoordinatorRecord record, WireWriter writer)
    {
        if (record.Value is null) return null;
        writer.Reset();
        record.WriteValue(writer);
        return writer.Written;
    }
}
