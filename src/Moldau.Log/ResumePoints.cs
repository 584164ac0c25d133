using Moldau.Log.Files;
using Moldau.Log.Producers;
using Moldau.Log.Segments;

namespace Moldau.Log;

/// <summary>
/// Makes places within a segment from which recovery may go on, so that it need not read the segment from its beginning: the
/// indexes so far are durable, and then the producers' snapshot at that offset, which therefore is the point's mark. Two are
/// kept: the batches are checked from the later one on, the producers' last batches are found again from the one before it.
/// </summary>
internal sealed class ResumePoints(LogEnvironment environment, PartitionLog log)
{
    private readonly SnapshotFiles _snapshots = new(environment, log.Identity.Directory);
    private long _last = -1;

    /// <summary>Begins a point at the log's end, if enough was written since the last one. Called under the append lock.</summary>
    public ResumePoint? Begin()
    {
        var active = log.Segments.Active;
        if (active.WrittenBytes - active.ResumePosition < environment.ResumePointBytes) return null;
        try
        {
            active.SaveIndexes();
        }
        catch (StorageExhaustedException)
        {
            return null; // The next flush tries again. Until then recovery reads more.
        }
        return new ResumePoint(active, active.WrittenBytes, log.LogEndOffset, log.Producers.Snapshot(environment.NowMs));
    }

    /// <summary>Ends it once the batches before it are flushed, and lets the one before the last go.</summary>
    public void Complete(ResumePoint point)
    {
        try
        {
            point.Segment.FlushIndexes();
            environment.Files.WriteAtomically(_snapshots.PathOf(point.Offset), point.Snapshot);
        }
        catch (StorageExhaustedException)
        {
            return;
        }
        point.Segment.ResumePosition = point.Position;
        _snapshots.DeleteStrays(log.Segments.All, before: _last);
        _last = point.Offset;
    }
}

/// <summary>A place in a segment, the offset of the batch that begins there, and the producers' state before that batch.</summary>
internal sealed record ResumePoint(Segment Segment, int Position, long Offset, byte[] Snapshot);
