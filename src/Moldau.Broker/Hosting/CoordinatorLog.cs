using Moldau.Broker.Topics;
using Moldau.Coordination;
using Moldau.Log;
using Moldau.Protocol;
using Moldau.Protocol.Records;
using Moldau.Protocol.Wire;

namespace Moldau.Broker.Hosting;

/// <summary>A shard's records in a partition of an internal topic, in Kafka's batches.</summary>
internal sealed class CoordinatorLog(Partition partition) : ICoordinatorLog
{
    private const int ReadBytesMax = 1024 * 1024;

    /// <summary>What Kafka's coordinators write, though their batches have no producer id.</summary>
    private const int BaseSequence = 0;

    private readonly PartitionLog _log = partition.Log;
    private readonly AppendContext _context = new() { LeaderEpoch = partition.LeaderEpoch, Origin = AppendOrigin.Coordinator };
    private readonly int _batchBytesMax = partition.Config.MaxMessageBytes;

    public long EndOffset => _log.LogEndOffset;

    public ErrorCode Append(IReadOnlyList<CoordinatorRecord> records, long utcMs)
    {
        using var batch = new BatchBuilder(new BatchOptions { BaseSequence = BaseSequence });
        using var key = new WireWriter();
        using var value = new WireWriter();
        foreach (var record in records)
        {
            key.Reset();
            record.WriteKey(key);
            batch.Append(utcMs, key.Written, ValueOf(record, value));
            if (batch.UncompressedBytes > _batchBytesMax) return ErrorCode.MessageTooLarge;
        }
        return _log.Append(batch.Build(), _context).Error;
    }

    public bool IsCommitted(long endOffset) => _log.HighWatermark >= endOffset;

    public ValueTask CommittedAsync(long endOffset) => _log.CommittedAsync(endOffset);

    public void Replay(Action<ReadOnlyMemory<byte>, ReadOnlyMemory<byte>?> apply)
    {
        var replay = new TransactionalReplay(apply);
        for (long next = _log.LogStartOffset; next < _log.LogEndOffset;)
        {
            using var read = _log.Read(next, ReadBytesMax, ReadBound.LogEnd);
            if (read.Error == ErrorCode.KafkaStorageError) throw new LogUnavailableException($"{_log.Name} cannot be read at offset {next} now.");
            if (read.Error != ErrorCode.None) throw new IOException($"{_log.Name} cannot be read at offset {next}: {read.Error}.");
            long after = replay.Batches(read.Records);
            next = after > next ? after : throw new IOException($"{_log.Name} has no whole batch at offset {next}.");
        }
    }

    private static ReadOnlyMemory<byte>? ValueOf(CoordinatorRecord record, WireWriter writer)
    {
        if (record.Value is null) return null;
        writer.Reset();
        record.WriteValue(writer);
        return writer.Written;
    }
}
