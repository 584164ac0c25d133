using System.Collections.Immutable;

namespace Moldau.Coordination.ShareState;

/// <summary>What is known of a share partition: where its group begins, and which records from there on are in which state.</summary>
internal sealed record SharePartitionState
{
    /// <summary>Stands for an offset, an epoch or a count that is not given, or not known yet.</summary>
    public const int None = -1;

    /// <summary>A snapshot of so many, at 20 bytes each, is a record that fits into a batch of usual size (1 MiB).</summary>
    public const int BatchesMax = 50_000;

    /// <summary>Counts the snapshots.</summary>
    public required int SnapshotEpoch { get; init; }

    /// <summary>Rises when the partition is initialised anew, which fences the leader that has the former state.</summary>
    public required int StateEpoch { get; init; }

    public required int LeaderEpoch { get; init; }

    /// <summary>-1 as long as the leader has not chosen where to begin.</summary>
    public required long StartOffset { get; init; }

    /// <summary>How many records from the start offset on are done with; -1 where that is not known.</summary>
    public required int DeliveryCompleteCount { get; init; }

    /// <summary>In order and without overlaps.</summary>
    public ImmutableArray<ShareStateBatch> Batches { get; init; } = [];

    /// <summary>When the state was last stored as a whole because of a change.</summary>
    public required long CreateMs { get; init; }

    /// <summary>When the state was last stored as a whole; later than the other if that was for the sake of the log's beginning.</summary>
    public required long WriteMs { get; init; }

    /// <summary>Where in the log the snapshot lies. All that is before it is not needed for this partition.</summary>
    public long SnapshotOffset { get; init; }

    public int UpdatesSinceSnapshot { get; init; }

    /// <summary>
    /// The state after a write, which has no say in the state epoch. Where it does not tell the start offset, the former stays; a count that it
    /// does not tell is unknown.
    /// </summary>
    public SharePartitionState With(WriteShareState write)
    {
        long startOffset = Or(write.StartOffset, StartOffset);
        return this with
        {
            LeaderEpoch = (int)Or(write.LeaderEpoch, LeaderEpoch),
            StartOffset = startOffset,
            DeliveryCompleteCount = write.DeliveryCompleteCount,
            Batches = StateBatches.Merge(Batches, write.Batches, startOffset),
        };
    }

    private static long Or(long given, long former) => given == None ? former : given;
}
