using Moldau.Coordination.ShareState;

namespace Moldau.Coordination.SharePartitions;

/// <summary>What the delivery of a partition to a share group goes by; the names of the settings in Kafka's configuration stand beside them.</summary>
internal sealed record ShareDeliverySettings
{
    /// <summary><c>group.share.partition.max.record.locks</c>, <c>share.partition.max.record.locks</c></summary>
    public int RecordLocksMax { get; init; } = 2_000;

    /// <summary><c>group.share.delivery.count.limit</c>, <c>share.delivery.count.limit</c></summary>
    public int DeliveryCountLimit { get; init; } = 5;

    /// <summary><c>group.share.record.lock.duration.ms</c>, <c>share.record.lock.duration.ms</c></summary>
    public int LockDurationMs { get; init; } = 30_000;

    /// <summary><c>share.renew.acknowledge.enable</c></summary>
    public bool MayRenew { get; init; } = true;

    /// <summary>Whether records that are given up go to a dead-letter queue: <c>errors.deadletterqueue.topic.name</c> is set.</summary>
    public bool HasDeadLetters { get; init; }

    /// <summary>What becomes of a record that is given up.</summary>
    public DeliveryState GivenUp => HasDeadLetters ? DeliveryState.Archiving : DeliveryState.Archived;

    /// <summary>
    /// From so many deliveries on a record may be one that no member can process: fewer are then handed out at once, so that it does not take
    /// the others of its batch along.
    /// </summary>
    public int SuspicionLimit => Math.Max(2, (DeliveryCountLimit + 1) / 2);

    /// <summary>Whether one more delivery is the last one, which a record gets alone.</summary>
    public bool IsLastDelivery(int deliveryCount) => DeliveryCountLimit > 2 && deliveryCount == DeliveryCountLimit - 1;

    /// <summary>What becomes of a record that its member has not accepted.</summary>
    public DeliveryState AfterRelease(int deliveryCount) => deliveryCount >= DeliveryCountLimit ? GivenUp : DeliveryState.Available;
}
