using Confluent.Kafka;

namespace Moldau.Cli.Clients;

/// <summary>A transaction that is open in a partition's log, and so holds up its readers at read_committed.</summary>
internal sealed record OpenTransaction(TopicPartition Partition, long ProducerId)
{
    public int ProducerEpoch { get; init; }

    /// <summary>That of the last marker of this producer in the partition; -1 where there is none.</summary>
    public int CoordinatorEpoch { get; init; } = -1;

    /// <summary>The offset of its first record.</summary>
    public long StartOffset { get; init; }

    /// <summary>The time of its last record, by the producer's clock unless the topic's records have the broker's.</summary>
    public DateTimeOffset? LastRecord { get; init; }

    /// <summary>The transactional id that has this producer id; null where no coordinator knows it.</summary>
    public TransactionView? Owner { get; init; }

    /// <summary>No coordinator will ever end it: none has the partition in a transaction of this producer.</summary>
    public bool IsHanging => Owner is null || !Owner.Partitions.Contains(Partition);

    /// <summary>What stays the same, whatever is known of it.</summary>
    public (TopicPartition Partition, long ProducerId, long StartOffset) Key => (Partition, ProducerId, StartOffset);
}
