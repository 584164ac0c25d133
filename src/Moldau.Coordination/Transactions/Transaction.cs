using System.Collections.Immutable;

namespace Moldau.Coordination.Transactions;

/// <summary>What is stored of a transactional id. It does not change; each record puts another in its place.</summary>
internal sealed record Transaction
{
    public const long NoProducerId = -1;
    public const short NoEpoch = -1;

    public required TransactionStatus Status { get; init; }

    public required long ProducerId { get; init; }

    /// <summary>-1 for an id that is not initialised yet.</summary>
    public required short ProducerEpoch { get; init; }

    /// <summary>The producer id before the latest record: it differs where the epochs of that one were used up.</summary>
    public long PreviousProducerId { get; init; } = NoProducerId;

    /// <summary>The producer id from the end of this transaction on, where the epochs of the present one are used up.</summary>
    public long NextProducerId { get; init; } = NoProducerId;

    public required int TimeoutMs { get; init; }

    /// <summary>Kafka's longest timeout stands for none: somebody else ends the transaction, in two phases (KIP-939).</summary>
    public bool HasTimeout => TimeoutMs != int.MaxValue;

    public ImmutableHashSet<TopicPartition> Partitions { get; init; } = [];

    /// <summary>UTC; -1 if none has begun since the producer was initialised.</summary>
    public long StartMs { get; init; } = -1;

    /// <summary>UTC, of the latest record.</summary>
    public long UpdateMs { get; init; }

    /// <summary>The level of transactions at which the client speaks, as far as its last request showed it.</summary>
    public short ClientVersion { get; init; }

    public TransactionalProducer Producer => new(ProducerId, ProducerEpoch);

    /// <summary>The pair as its producer is told it: an end hands out the next one before that counts.</summary>
    public TransactionalProducer ToldProducer => NextProducerId == NoProducerId ? Producer : new(NextProducerId, Epoch: 0);

    /// <summary>The outcome is decided and its markers are being written: whoever asks for anything else waits, whatever pair he names.</summary>
    public bool IsEnding => Status is TransactionStatus.PrepareCommit or TransactionStatus.PrepareAbort;

    public bool IsCommitting => Status == TransactionStatus.PrepareCommit;

    /// <summary>The epoch above the last one is kept for fencing the last one.</summary>
    public bool IsEpochExhausted => IsExhausted(ProducerEpoch);

    /// <summary>Whether a fence has taken the epoch above the last one. Nothing can be fenced any more, so nobody is given it.</summary>
    public bool IsLastEpochTaken => ProducerEpoch == short.MaxValue;

    public bool RaisesEpochs => ClientVersion >= TransactionVersions.EpochBump;

    public static bool IsExhausted(short epoch) => epoch >= short.MaxValue - 1;

    /// <summary>What the next record is made from.</summary>
    public Transaction Next(TransactionStatus status, long utcMs) => this with
    {
        Status = status,
        PreviousProducerId = ProducerId,
        UpdateMs = utcMs,
    };
}
