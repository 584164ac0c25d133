using System.Collections.Immutable;
using Moldau.Protocol.Messages;
using Moldau.Protocol.Wire;

namespace Moldau.Coordination.Transactions;

/// <summary>The records of <c>__transaction_state</c>, in the versions that Kafka 4.4 writes.</summary>
internal static class TransactionRecords
{
    private const short LogType = 0;
    private const short InflexibleValueVersion = 0, FlexibleValueVersion = 1;

    public static CoordinatorRecord Of(string transactionalId, Transaction transaction, short transactionVersion)
    {
        var key = new TransactionLogKey { TransactionalId = transactionalId };
        return transactionVersion >= TransactionVersions.FlexibleRecords
            ? CoordinatorRecord.Of(key, ValueOf(transaction), FlexibleValueVersion)
            : CoordinatorRecord.Of(key, WithoutTags(ValueOf(transaction)), InflexibleValueVersion);
    }

    public static CoordinatorRecord Gone(string transactionalId) =>
        CoordinatorRecord.Tombstone(new TransactionLogKey { TransactionalId = transactionalId });

    public static Transaction TransactionOf(TransactionLogValue value) => new()
    {
        Status = (TransactionStatus)value.TransactionStatus,
        ProducerId = value.ProducerId,
        ProducerEpoch = value.ProducerEpoch,
        PreviousProducerId = value.PreviousProducerId,
        NextProducerId = value.NextProducerId,
        TimeoutMs = value.TransactionTimeoutMs,
        Partitions =
        [
            .. from topic in value.TransactionPartitions ?? []
               from partition in topic.PartitionIds
               select new TopicPartition(topic.Topic, partition),
        ],
        StartMs = value.TransactionStartTimestampMs,
        UpdateMs = value.TransactionLastUpdateTimestampMs,
        ClientVersion = value.ClientTransactionVersion,
    };

    /// <summary>A stored record, or null if it is of a type or version that is not known: an upgrade that was given up may have left it.</summary>
    /// <exception cref="MalformedMessageException">The bytes do not fit the type they announce.</exception>
    public static CoordinatorRecord? Read(ReadOnlyMemory<byte> keyBytes, ReadOnlyMemory<byte>? valueBytes)
    {
        var keyReader = new WireReader(keyBytes);
        if (keyReader.ReadInt16() != LogType) return null;
        var key = TransactionLogKey.Read(ref keyReader, version: 0);
        if (valueBytes is not { } bytes) return CoordinatorRecord.Tombstone(key);
        var valueReader = new WireReader(bytes);
        short version = valueReader.ReadInt16();
        if (version is < InflexibleValueVersion or > FlexibleValueVersion) return null;
        var value = TransactionLogValue.Read(ref valueReader, version);
        if (!Enum.IsDefined((TransactionStatus)value.TransactionStatus))
            throw new MalformedMessageException($"'{key.TransactionalId}' is in a state that does not exist: {value.TransactionStatus}.");
        return CoordinatorRecord.Of(key, value, version);
    }

    /// <summary>What the old form of the record cannot hold is not kept in memory either, or a restart would change the answers.</summary>
    private static TransactionLogValue WithoutTags(TransactionLogValue value)
    {
        value.PreviousProducerId = value.NextProducerId = Transaction.NoProducerId;
        value.ClientTransactionVersion = TransactionVersions.Original;
        return value;
    }

    private static TransactionLogValue ValueOf(Transaction transaction) => new()
    {
        ProducerId = transaction.ProducerId,
        PreviousProducerId = transaction.PreviousProducerId,
        NextProducerId = transaction.NextProducerId,
        ProducerEpoch = transaction.ProducerEpoch,
        TransactionTimeoutMs = transaction.TimeoutMs,
        TransactionStatus = (sbyte)transaction.Status,
        TransactionPartitions = transaction.Status == TransactionStatus.Empty ? null : PartitionsOf(transaction.Partitions),
        TransactionLastUpdateTimestampMs = transaction.UpdateMs,
        TransactionStartTimestampMs = transaction.StartMs,
        ClientTransactionVersion = transaction.ClientVersion,
    };

    private static List<TransactionLogValue.PartitionsSchema> PartitionsOf(ImmutableHashSet<TopicPartition> partitions) =>
    [
        .. from partition in partitions
           group partition.Partition by partition.Topic into topic
           orderby topic.Key
           select new TransactionLogValue.PartitionsSchema { Topic = topic.Key, PartitionIds = [.. topic.Order()] },
    ];
}
