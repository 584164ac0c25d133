using Moldau.Broker.Topics;
using Moldau.Coordination.Metadata;
using Moldau.Log;
using Moldau.Log.Producers;
using Moldau.Protocol;
using Moldau.Protocol.Records;
using BatchIndexAndErrorMessage = Moldau.Protocol.Messages.ProduceResponse.BatchIndexAndErrorMessage;
using PartitionProduceResponse = Moldau.Protocol.Messages.ProduceResponse.PartitionProduceResponse;

namespace Moldau.Broker.Handlers.Records;

/// <summary>One batch on its way into one partition: judged, rewritten where the topic asks for it, appended.</summary>
internal sealed class ProduceAppend(BrokerServices services)
{
    // Kafka's administration tool writes to internal topics under this client id.
    private const string AdminClientId = "__admin_client";

    public static PartitionProduceResponse Failed(int index, ErrorCode error) =>
        new() { Index = index, ErrorCode = error, BaseOffset = -1 };

    public static PartitionProduceResponse Failed(int index, in BatchVerdict verdict, long logStartOffset) => new()
    {
        Index = index,
        ErrorCode = verdict.Error,
        BaseOffset = -1,
        LogStartOffset = verdict.TellsLogStart ? logStartOffset : -1,
        ErrorMessage = verdict.ErrorMessage,
        RecordErrors = verdict.RecordErrors is { } errors
            ? [.. errors.Select(error => new BatchIndexAndErrorMessage { BatchIndex = error.Index, BatchIndexErrorMessage = error.Message })]
            : [],
    };

    /// <summary>Why the batch may not go into the partition at all, whatever is in it.</summary>
    public static ErrorCode RefusalOf(RequestContext context, Partition partition) =>
        TopicNames.IsInternal(partition.Log.Name.Topic) && context.ClientId != AdminClientId ? ErrorCode.InvalidTopicException : ErrorCode.None;

    public PartitionProduceResponse Append(
        Partition partition, int index, ReadOnlyMemory<byte> batch, in AppendRules transaction, out long endOffset)
    {
        endOffset = 0;
        long nowMs = services.Time.GetUtcNow().ToUnixTimeMilliseconds();
        var rules = partition.Rules;
        // The frame's buffer is this request's own until its ordered stage ends, so its bytes may be stamped.
        var verdict = BatchValidator.Validate(batch, rules, nowMs);
        if (!verdict.IsGood) return Failed(index, verdict, partition.Log.LogStartOffset);
        using var memory = RebuildMemory.Take(services.Memory, verdict);
        if (memory.Refusal != ErrorCode.None) return RefusedMemory(partition, index, batch, memory.Refusal);
        using var prepared = PreparedBatch.Of(verdict, batch, rules, nowMs);
        if (!prepared.Verdict.IsGood) return Failed(index, prepared.Verdict, partition.Log.LogStartOffset);
        if (prepared.Bytes.Length > partition.Log.Settings.SegmentBytes) return Failed(index, ErrorCode.RecordListTooLarge);
        var result = partition.Log.Append(prepared.Bytes, new AppendContext
        {
            LeaderEpoch = partition.LeaderEpoch,
            TransactionsEnded = transaction.TransactionsEnded,
            MustBeginAtZero = transaction.MustBeginAtZero,
        });
        if (result.Error != ErrorCode.None) return Refused(partition, index, result);
        endOffset = result.EndOffset;
        if (!result.IsDuplicate) services.Metrics.Produced(batch.Length);
        return new PartitionProduceResponse
        {
            Index = index,
            BaseOffset = result.BaseOffset,
            LogAppendTimeMs = result.IsDuplicate ? result.DuplicateTimestampMs
                : rules.TimestampType == TimestampType.LogAppendTime ? nowMs
                : -1,
            LogStartOffset = result.LogStartOffset,
        };
    }

    private static PartitionProduceResponse RefusedMemory(Partition partition, int index, ReadOnlyMemory<byte> batch, ErrorCode error)
    {
        // There may be memory for the next, which must not come before this one.
        if (error == ErrorCode.KafkaStorageError && BatchHeader.TryRead(batch.Span, out var header)) partition.Log.NoteRefused(header, BatchRefusal.InPassing);
        return Failed(index, error);
    }

    // What the log itself refuses is told with its start.
    private static PartitionProduceResponse Refused(Partition partition, int index, in AppendResult result) => new()
    {
        Index = index,
        ErrorCode = result.Error,
        BaseOffset = -1,
        LogStartOffset = result.Error == ErrorCode.KafkaStorageError ? -1 : partition.Log.LogStartOffset,
    };
}
