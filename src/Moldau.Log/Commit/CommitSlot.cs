namespace Moldau.Log.Commit;

/// <summary>Where a log stands in the round that is gathering. Guarded by the committer's lock.</summary>
internal sealed class CommitSlot
{
    public long Round { get; set; } = -1;

    public int Index { get; set; }
}
