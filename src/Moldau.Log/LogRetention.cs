using Moldau.Log.Segments;
using Moldau.Log.Upkeep;

namespace Moldau.Log;

/// <summary>Takes a log's oldest segments out when its settings say so.</summary>
internal sealed class LogRetention(LogEnvironment environment, PartitionLog log, LogWriter writer, Lock appendLock)
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
    /// that is missing beyond it for a loss; and the producers' state must be durable at what becomes the beginning.
    /// </summary>
    /// <returns>Segments that no reader finds any more.</returns>
    public Segment[] TakeOld()
    {
        lock (appendLock)
        {
            int count = log.Failure is null ? CountTakeable() : 0;
            if (count == 0) return [];
            var segments = log.Segments.All.ToArray();
            log.Segments.Replace(segments[count..]);
            log.MoveStart(segments[count].BaseOffset);
            return segments[..count];
        }
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
