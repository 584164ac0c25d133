using Moldau.Log.Segments;
using Moldau.Log.Upkeep;

namespace Moldau.Log;

/// <summary>Takes a log's oldest segments out when its settings say so.</summary>
internal sealed class LogRetention(LogEnvironment environment, PartitionLog log, LogWriter writer, LogFlush flush, Lock appendLock)
{
    /// <summary>
    /// Makes way for what is old: where even the active segment is, another one begins. True if more would go once the log is
    /// flushed and the recovery-point checkpoint written.
    /// </summary>
    public bool Prepare()
    {
        lock (appendLock)
        {
            if (log.Failure is not null) return false;
            int count = Count(log.HighWatermark);
            if (count == log.Segments.All.Length) writer.Roll();
            return count > CountTakeable();
        }
    }

    /// <summary>
    /// Takes out what is old. Only what the recovery-point checkpoint covers goes, since the next start would take a beginning
    /// that is missing beyond it for a loss; and the producers' state must be durable at what becomes the beginning. Their files are marked
    /// first, the oldest before the others: those that stayed would come back with the next start, and there could be a gap behind them.
    /// </summary>
    /// <returns>Segments that no reader finds any more.</returns>
    public Segment[] TakeOld()
    {
        Segment[] old;
        lock (appendLock) old = log.Segments.All[..(log.Failure is null ? CountTakeable() : 0)].ToArray();
        if (old.Length == 0) return [];
        int count = 0;
        try
        {
            // By their paths, which a topic that is made again in the place of a deleted one has too.
            flush.RunApart(() => count = TakeOut(old));
        }
        catch (ObjectDisposedException)
        {
            // The log has been closed since, and nothing of it is renamed any more.
        }
        return old[..count];
    }

    /// <summary>The answer is how many are out of the log.</summary>
    private int TakeOut(Segment[] old)
    {
        int count = MarkDeleted(old);
        if (count == 0) return 0;
        lock (appendLock)
        {
            var segments = log.Segments.All.ToArray();
            log.Segments.Replace(segments[count..]);
            log.MoveStart(segments[count].BaseOffset);
        }
        return count;
    }

    /// <summary>The answer is how many have been marked. What cannot be, for want of room say, is left to the next time.</summary>
    private int MarkDeleted(Segment[] old)
    {
        int count = 0;
        try
        {
            foreach (var segment in old)
            {
                segment.Names.MarkDeleted();
                segment.Names.MarkSnapshotDeleted();
                count++;
            }
        }
        catch (IOException e)
        {
            if (!log.IsClosed) environment.Observer.UpkeepFailed($"retention of {log.Name}", e);
            if (SegmentFiles.HasSuffix(old[count].Log.Path)) count++; // Without its log it is none any more.
        }
        return count;
    }

    private int CountTakeable()
    {
        var segments = log.Segments.All;
        int count = Math.Min(Count(Math.Min(log.HighWatermark, log.WrittenRecoveryPoint)), segments.Length - 1);
        while (count > 0 && segments[count].UnwrittenSnapshot is not null) count--;
        return count;
    }

    private int Count(long deletableEnd) => Retention.CountOld(log.Segments.All, new RetentionBounds
    {
        Settings = log.Settings,
        LogStartOffset = log.LogStartOffset,
        DeletableEnd = deletableEnd,
        LogEndOffset = log.LogEndOffset,
        NowMs = environment.NowMs,
    });
}
