using Moldau.Protocol;
using Moldau.Protocol.Messages;

namespace Moldau.Coordination.Transactions;

/// <summary>What a shard of transactions can be told. Timers come apart, since all state machines have them.</summary>
internal abstract record TransactionInput;

/// <summary>A request about one transactional id or, where it lists them, about all of the shard.</summary>
internal sealed record TransactionCall(ReplyToken Token, object Request) : TransactionInput
{
    /// <summary>
    /// A producer id that nobody has. Without one the answer may be <see cref="ProducerIdNeeded"/>: ids are not to be wasted on the many
    /// requests that need none.
    /// </summary>
    public long? FreshProducerId { get; init; }
}

/// <summary>The markers of a transaction are written, and committed, in all of its partitions.</summary>
internal sealed record MarkersWritten(WriteMarkers Effect) : TransactionInput;

/// <summary>Some markers could not be written.</summary>
internal sealed record MarkersNotWritten(WriteMarkers Effect) : TransactionInput;

/// <summary>The answer to <see cref="ProducerIdWanted"/>; null where none could be made.</summary>
internal sealed record ProducerIdGiven(string TransactionalId, long? FreshProducerId) : TransactionInput;

/// <summary>A transaction is overdue, and the epochs of its producer id are used up: its abort must say which id follows.</summary>
internal sealed record ProducerIdWanted(string TransactionalId) : Effect;

/// <summary>Nothing was changed: the request is to be asked again with a fresh producer id.</summary>
internal sealed record ProducerIdNeeded
{
    public static readonly ProducerIdNeeded Instance = new();
}

/// <summary>The end of a transaction is decided: its partitions must be told.</summary>
internal sealed record WriteMarkers(string TransactionalId, TransactionalProducer Producer, bool IsCommit) : Effect
{
    public required IReadOnlyCollection<TopicPartition> Partitions { get; init; }

    /// <summary>Whether the markers raise the producer's epoch: then a partition that knows the epoch has its marker.</summary>
    public required bool RaisesEpoch { get; init; }

    /// <summary>Tells them from others of the id: for the transaction before, which may have had the same epoch, or begun before these.</summary>
    public required long Number { get; init; }
}

/// <summary>
/// A request to add partitions to the producer's transaction, which begins with the first; or only to see whether they are in it. Answered
/// by <see cref="PartitionsInTransaction"/>.
/// </summary>
internal sealed record AddPartitions(string TransactionalId, TransactionalProducer Producer, IReadOnlyCollection<TopicPartition> Partitions)
{
    public bool OnlyVerifies { get; init; }

    /// <summary>The level of transactions that the request shows its client to speak at.</summary>
    public short ClientVersion { get; init; }
}

/// <summary>The error of all partitions, or else those that are not in the transaction.</summary>
internal sealed record PartitionsInTransaction(ErrorCode Error)
{
    public IReadOnlySet<TopicPartition> Missing { get; init; } = new HashSet<TopicPartition>();

    public ErrorCode ErrorOf(TopicPartition partition) => Missing.Contains(partition) ? ErrorCode.TransactionAbortable : Error;
}

/// <summary>A request to end a transaction; answered by an <see cref="EndTxnResponse"/>.</summary>
internal sealed record EndTransaction(string TransactionalId, TransactionalProducer Producer, bool IsCommit)
{
    /// <summary>The level of transactions that the request shows its client to speak at.</summary>
    public short ClientVersion { get; init; }
}

/// <summary>A request to describe an id; answered by a <see cref="DescribeTransactionsResponse.TransactionState"/>.</summary>
internal sealed record DescribeTransaction(string TransactionalId);

/// <summary>A request for the shard's ids that pass; answered by a <see cref="TransactionList"/>.</summary>
internal sealed record TransactionFilter
{
    /// <summary>Null for all.</summary>
    public required IReadOnlyCollection<TransactionStatus>? Statuses { get; init; }

    /// <summary>Empty for all.</summary>
    public required IReadOnlySet<long> ProducerIds { get; init; }

    /// <summary>Only transactions that began longer ago, where it is not negative.</summary>
    public required long DurationMs { get; init; }

    public required Func<string, bool> Matches { get; init; }
}

internal sealed record TransactionList(IReadOnlyList<ListTransactionsResponse.TransactionState> Transactions);
