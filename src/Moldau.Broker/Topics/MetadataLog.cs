using Moldau.Coordination.Metadata;
using Moldau.Log;
using Moldau.Protocol;
using Moldau.Protocol.Records;
using Moldau.Protocol.Wire;

namespace Moldau.Broker.Topics;

/// <summary>
/// The log of the cluster's metadata on disk: <c>__cluster_metadata-0</c>. Like every log of Kafka's quorums it holds control records beside
/// the records of the state machine: who leads since when, and who may vote.
/// </summary>
internal sealed class MetadataLog
{
    public static readonly PartitionName Name = new(TopicNames.ClusterMetadata, 0);

    /// <summary>Reserved for this one topic, which is in no metadata record.</summary>
    public static readonly Guid TopicId = new("00000000-0000-0000-0000-000000000001");

    private const int ReadBytes = 1024 * 1024;

    private readonly PartitionLog _log;
    private readonly TimeProvider _time;

    public MetadataLog(PartitionLog log, TimeProvider time)
    {
        _log = log;
        _time = time;
    }

    public long EndOffset => _log.LogEndOffset;

    public long HighWatermark => _log.HighWatermark;

    public long StartOffset => _log.LogStartOffset;

    /// <summary>Bytes of all batches in the log's files.</summary>
    public long SizeInBytes => _log.SizeInBytes;

    /// <summary>Bytes of the batches that were replayed or appended so far.</summary>
    public long BytesPassed { get; private set; }

    /// <summary>The quorum epoch under which this process appends.</summary>
    public int Epoch { get; private set; }

    /// <summary>Epoch and time of the latest batch, which a snapshot's name and header say.</summary>
    public (int Epoch, long TimestampMs) Latest { get; private set; } = (0, BatchHeader.None);

    public void BeginEpoch(int epoch)
    {
        Epoch = epoch;
        _log.BeginLeaderEpoch(epoch);
    }

    public ValueTask CommittedAsync() => _log.CommittedAsync(_log.LogEndOffset);

    /// <summary>Appends the records as one batch: after a crash all of them are there, or none.</summary>
    public void Append(IReadOnlyList<MetadataRecord> records)
    {
        if (records.Count == 0) return;
        using var builder = new BatchBuilder();
        using var writer = new WireWriter();
        long now = _time.GetUtcNow().ToUnixTimeMilliseconds();
        foreach (var record in records)
        {
            writer.Reset();
            record.Write(writer);
            builder.Append(now, null, writer.Written);
        }
        Append(builder, now);
    }

    /// <summary>Appends control records as one batch. Their epoch must have begun.</summary>
    public void Append(IReadOnlyList<QuorumRecord> records)
    {
        using var builder = new BatchBuilder(new BatchOptions { Kind = BatchAttributes.Control });
        long now = _time.GetUtcNow().ToUnixTimeMilliseconds();
        foreach (var record in records) record.AppendTo(builder, now);
        Append(builder, now);
    }

    /// <summary>Gives up what is below the offset, where a snapshot begins.</summary>
    public void DropBefore(long offset)
    {
        var error = _log.DeleteRecordsBefore(offset);
        if (error != ErrorCode.None) throw new InvalidOperationException($"{Name} cannot begin at offset {offset}: {error.KafkaName()}.");
    }

    /// <summary>Hands on every record from the offset on, in order.</summary>
    public void Replay(long from, Action<MetadataRecord> metadata, Action<QuorumRecord> quorum)
    {
        while (from < _log.LogEndOffset)
        {
            using var read = _log.Read(from, ReadBytes, ReadBound.LogEnd);
            if (read.Error != ErrorCode.None) throw new IOException($"{Name} cannot be read at offset {from}: {read.Error.KafkaName()}.");
            long next = ReplayBatches(read.Records, from, metadata, quorum);
            if (next == from) throw new IOException($"{Name} holds no batch at offset {from}, though it ends at {_log.LogEndOffset}.");
            from = next;
        }
    }

    private long ReplayBatches(ReadOnlyMemory<byte> bytes, long from, Action<MetadataRecord> metadata, Action<QuorumRecord> quorum)
    {
        var batches = new BatchEnumerator(bytes.Span);
        while (batches.MoveNext())
        {
            var header = batches.Current;
            Latest = (header.LeaderEpoch, header.MaxTimestamp);
            BytesPassed += header.TotalBytes;
            MetadataBatches.Read(bytes.Slice(batches.Position, header.TotalBytes), from, metadata, quorum);
            from = header.NextOffset;
        }
        return from;
    }

    private void Append(BatchBuilder builder, long now)
    {
        var batch = builder.Build();
        var result = _log.Append(batch, new AppendContext { LeaderEpoch = Epoch, Origin = AppendOrigin.Coordinator });
        if (result.Error != ErrorCode.None) throw new LogOfflineException($"{Name} takes no more records: {result.Error.KafkaName()}.");
        Latest = (Epoch, now);
        BytesPassed += batch.Length;
    }
}

/// <summary>Reads what a batch of the metadata log, or of one of its snapshots, holds.</summary>
internal static class MetadataBatches
{
    public static void Read(ReadOnlyMemory<byte> batch, long from, Action<MetadataRecord> metadata, Action<QuorumRecord> quorum)
    {
        bool isControl = BatchHeader.TryRead(batch.Span, out var header) && header.IsControl;
        foreach (var record in new BatchRecords(batch))
        {
            if (record.Offset < from) continue;
            if (!isControl) metadata(Known(MetadataRecord.Read(record.Value ?? default)));
            else if (QuorumRecord.TryRead(record, out var control)) quorum(control);
        }
    }

    /// <summary>What an image has no place for would be missing from the next snapshot.</summary>
    private static MetadataRecord Known(in MetadataRecord record) => record.HasUnknownFields
        ? throw new MalformedMessageException($"A metadata record of type {record.Type} has a tagged field that is not known.")
        : record;
}
