using Moldau.Broker.Topics;
using Moldau.Coordination;
using Moldau.Coordination.Metadata;
using Moldau.Coordination.Transactions;
using Moldau.Log;
using Moldau.Log.Producers;
using Moldau.Protocol;
using Moldau.Protocol.Records;

namespace Moldau.Broker.Hosting;

/// <summary>Ends transactions in the logs of partitions: for this broker's coordinator, and for an admin who ends a hanging one.</summary>
internal sealed class TransactionMarkers(Partitions partitions, GroupHost groups, TimeProvider time)
{
    /// <summary>Completes without an error when all of the transaction's partitions have their marker, and have it durably.</summary>
    public async Task<ErrorCode> WriteAsync(WriteMarkers effect, int coordinatorEpoch)
    {
        var errors = await Task.WhenAll(effect.Partitions.Select(partition => WriteAsync(partition, effect, coordinatorEpoch))).ConfigureAwait(false);
        return Array.Find(errors, error => error != ErrorCode.None);
    }

    /// <summary>Writes one marker for an admin, unless the partition's log has something against it.</summary>
    public async Task<ErrorCode> WriteAsync(TopicPartition at, TransactionalProducer producer, TransactionEnd end)
    {
        // One whose log is not open is nowhere to be found for an admin, as in Kafka.
        if (partitions.Find(at.Topic, at.Partition, out var partition) != ErrorCode.None) return ErrorCode.UnknownTopicOrPartition;
        return IsOfOtherCoordinators(at) ? ErrorCode.TopicAuthorizationFailed : await WriteAsync(at, partition, producer, end).ConfigureAwait(false);
    }

    private async Task<ErrorCode> WriteAsync(TopicPartition at, Partition partition, TransactionalProducer producer, TransactionEnd end)
    {
        // Its coordinator has to know which offsets count from now on.
        if (at.Topic == TopicNames.ConsumerOffsets) return await groups.EndTransactionAsync(at.Partition, producer, end).ConfigureAwait(false);
        var result = Append(partition, producer, end);
        return result.Error == ErrorCode.None ? await DurableAsync(partition.Log, result.EndOffset).ConfigureAwait(false) : result.Error;
    }

    /// <summary>Nothing of a transaction is in their logs. A marker there would be a record that Kafka cannot load.</summary>
    private static bool IsOfOtherCoordinators(TopicPartition at) => TopicNames.IsInternal(at.Topic) && at.Topic != TopicNames.ConsumerOffsets;

    private async Task<ErrorCode> WriteAsync(TopicPartition at, WriteMarkers effect, int coordinatorEpoch)
    {
        if (IsOfOtherCoordinators(at)) return ErrorCode.None;
        // What became of a deleted topic's transactions nobody can ask any more.
        if (partitions.Find(at.Topic, at.Partition, out var partition) == ErrorCode.UnknownTopicOrPartition) return ErrorCode.None;
        if (partition is null) return ErrorCode.KafkaStorageError;
        var known = partition.Log.TransactionOf(effect.Producer.ProducerId);
        if (HasMarker(effect, known)) return await DurableAsync(partition.Log, partition.Log.LogEndOffset).ConfigureAwait(false);
        // On one node no other coordinator can be newer. A higher number is that of an admin, who may write any.
        var end = new TransactionEnd(effect.IsCommit, Math.Max(coordinatorEpoch, known.CoordinatorEpoch)) { RaisesEpoch = effect.RaisesEpoch };
        return await WriteAsync(at, partition, effect.Producer, end).ConfigureAwait(false);
    }

    /// <summary>
    /// Whether the epoch shows that nothing of the transaction is left to end: its marker was written before a restart, or by an admin, or a later
    /// epoch has fenced it. An epoch that stays from one transaction to the next shows nothing. That no transaction is open does not either: a
    /// batch may have been let in that is not appended yet, and only a marker keeps it out. The largest epoch cannot be raised: a transaction that is
    /// open under it is the one to end.
    /// </summary>
    private static bool HasMarker(WriteMarkers effect, in ProducerTransaction known) =>
        known.Epoch > effect.Producer.Epoch
        || (effect.RaisesEpoch && known.Epoch == effect.Producer.Epoch && !known.IsOpenUnder(short.MaxValue));

    private AppendResult Append(Partition partition, TransactionalProducer producer, TransactionEnd end)
    {
        long nowMs = time.GetUtcNow().ToUnixTimeMilliseconds();
        long? logAppendTimeMs = partition.Rules.TimestampType == TimestampType.LogAppendTime ? nowMs : null;
        using var batch = MarkerBatch.Of(producer, end, nowMs, logAppendTimeMs);
        return partition.Log.Append(batch.Build(), new AppendContext
        {
            LeaderEpoch = partition.LeaderEpoch,
            Origin = AppendOrigin.Coordinator,
            MarkerRaisesEpoch = end.RaisesEpoch,
        });
    }

    private static async ValueTask<ErrorCode> DurableAsync(PartitionLog log, long endOffset)
    {
        try
        {
            await log.CommittedAsync(endOffset).ConfigureAwait(false);
            // A topic that opts out of durability may lose records, but a marker that it lost would hold its readers for ever.
            if (!log.Settings.IsDurable) await Task.Run(log.Flush).ConfigureAwait(false);
            return ErrorCode.None;
        }
        catch (IOException)
        {
            return ErrorCode.KafkaStorageError; // The log's observer was told why.
        }
    }
}
