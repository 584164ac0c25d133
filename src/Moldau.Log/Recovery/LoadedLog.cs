using Moldau.Log.Checkpoints;
using Moldau.Log.Producers;
using Moldau.Log.Segments;

namespace Moldau.Log.Recovery;

/// <summary>What a partition's directory holds, ready to be served.</summary>
internal sealed record LoadedLog
{
    public required Segment[] Segments { get; init; }

    public required ProducerStates Producers { get; init; }

    public required LeaderEpochs Epochs { get; init; }

    /// <summary>May lie beyond the end until the journal has given back what is missing.</summary>
    public required long LogStartOffset { get; init; }

    public required long LogEndOffset { get; init; }

    /// <summary>Whether indexes and producer snapshot stand in their files as a clean stop leaves them.</summary>
    public required bool IsSealed { get; init; }

    /// <summary>Up to here the log is known to survive a power cut.</summary>
    public required long RecoveryPoint { get; init; }
}

/// <summary>What a log is loaded with.</summary>
internal sealed record LoadRequest
{
    public required PartitionName Name { get; init; }

    public required string Directory { get; init; }

    public required LogSettings Settings { get; init; }

    /// <summary>Whether the directory was stopped cleanly, so that files can be believed.</summary>
    public required bool IsClean { get; init; }

    public long RecoveryPoint { get; init; }

    /// <summary>
    /// Whether the journal has what came behind the recovery point. Then a gap between segments there means that records were lost, and
    /// checksums below it say what is damaged; a log that Kafka left may have been compacted there, and is cut as Kafka would cut it.
    /// </summary>
    public bool IsJournalInForce { get; init; }

    public long LogStartOffset { get; init; }
}
