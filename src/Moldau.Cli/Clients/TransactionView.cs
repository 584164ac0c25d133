using Confluent.Kafka;

namespace Moldau.Cli.Clients;

/// <summary>A transactional id as its coordinator describes it.</summary>
internal sealed record TransactionView(string Id, BrokerMetadata Coordinator)
{
    public const string Ongoing = "Ongoing", PrepareCommit = "PrepareCommit", PrepareAbort = "PrepareAbort", PrepareEpochFence = "PrepareEpochFence";

    public const string CompleteCommit = "CompleteCommit", CompleteAbort = "CompleteAbort", Empty = "Empty", Dead = "Dead";

    public required string State { get; init; }

    public required long ProducerId { get; init; }

    public int ProducerEpoch { get; init; }

    public int TimeoutMs { get; init; }

    /// <summary>When the transaction began that is open; null where none is.</summary>
    public DateTimeOffset? Began { get; init; }

    /// <summary>Those of the open transaction; where its end is decided, those that are yet to be told of it.</summary>
    public HashSet<TopicPartition> Partitions { get; init; } = [];

    /// <summary>Readers at read_committed wait before it.</summary>
    public bool IsOpen => State is not (Empty or CompleteCommit or CompleteAbort or Dead);

    /// <summary>How it ends can still be changed.</summary>
    public bool IsUndecided => State is Ongoing or PrepareEpochFence;
}
