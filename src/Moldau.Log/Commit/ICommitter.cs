namespace Moldau.Log.Commit;

/// <summary>Makes appends durable, many at a time, and then moves the high watermarks of their logs.</summary>
internal interface ICommitter : IDisposable
{
    /// <summary>Waits, before an append takes its partition's lock, while more has gathered than may be in memory.</summary>
    void WaitForRoom();

    /// <summary>
    /// Gathers a stamped batch for the next round. Called under the partition's lock, so that a partition's batches keep their
    /// order.
    /// </summary>
    void Gather(PartitionLog log, ReadOnlySpan<byte> batch, long endOffset);

    /// <summary>Makes durable what has gathered. False if there was nothing.</summary>
    bool RunRound();
}

/// <summary>Where a log stands in the round that is gathering. Guarded by the committer's lock.</summary>
internal sealed class CommitSlot
{
    public long Round { get; set; } = -1;

    public int Index { get; set; }
}
