using Moldau.Log.Cleaning;
using Moldau.Log.Recovery;

namespace Moldau.Log;

/// <summary>Is told what an operator should know; the broker turns it into log messages and metrics.</summary>
internal class LogObserver
{
    public static LogObserver None { get; } = new();

    /// <summary>Nothing will be acknowledged any more; the broker must say why and stop.</summary>
    public virtual void CommitFailed(Exception cause)
    {
    }

    public virtual void PartitionOffline(PartitionName partition, Exception cause)
    {
    }

    /// <summary>
    /// There is no room, or no handle, for what was to be appended. Nothing has changed, and the partition stays in service. Told
    /// once until an append succeeds.
    /// </summary>
    public virtual void AppendRefused(PartitionName partition, Exception cause)
    {
    }

    /// <summary>The journal has no room: nothing is acknowledged until it has some. Told at each attempt, about once a second.</summary>
    public virtual void CommitWaits(Exception cause)
    {
    }

    /// <summary>The journal has room again, and what waited for it is durable.</summary>
    public virtual void CommitGoesOn()
    {
    }

    /// <summary>The offset checkpoints could not be written; the journal keeps more than it would.</summary>
    public virtual void CheckpointsNotWritten(Exception cause)
    {
    }

    /// <summary>One of the tasks that come again and again failed this time; its name says what it looks after.</summary>
    public virtual void UpkeepFailed(string task, Exception cause)
    {
    }

    /// <summary>Segments that retention has taken out of a log, which begins at the offset now.</summary>
    public virtual void SegmentsDeleted(PartitionName partition, int count, long logStartOffset)
    {
    }

    /// <summary>What stands in the file at the position is not what was written: its checksum is wrong, or it is no batch. It is not served.</summary>
    public virtual void DamagedBatch(PartitionName partition, string path, long position)
    {
    }

    /// <summary>A pass of compaction went over a log.</summary>
    public virtual void Cleaned(PartitionName partition, CleaningStats stats)
    {
    }

    /// <summary>Something in a log cannot be cleaned; compaction leaves the log alone until the next start.</summary>
    public virtual void LogUncleanable(PartitionName partition, UncleanableLogException cause)
    {
    }

    /// <summary>A pass failed, on a full disk say. The log is as it was, and the next time may do better.</summary>
    public virtual void CleaningFailed(PartitionName partition, Exception cause)
    {
    }

    /// <summary>A read failed; the partition stays in service.</summary>
    public virtual void ReadFailed(PartitionName partition, Exception cause)
    {
    }

    /// <summary>The journal does not belong to what the directory holds now, was renamed to the path and not replayed.</summary>
    public virtual void JournalSetAside(string path, string reason)
    {
    }

    /// <summary>The journal has batches of topics that the directory does not hold, and was set aside. Whoever knows the topics can say more.</summary>
    public virtual void JournalOfUnknownTopics(JournalOfUnknownTopics journal)
    {
    }

    /// <summary>The journal's remaining batches of a partition were not taken, since its log holds something else.</summary>
    public virtual void JournalDisagrees(PartitionName partition, string reason)
    {
    }

    /// <summary>After a clean stop a log ends before its checkpoint: records are missing, and their offsets will be given out again.</summary>
    public virtual void RecordsMissing(PartitionName partition, long logEndOffset, long checkpoint)
    {
    }

    /// <summary>After an unclean stop a torn tail was cut off.</summary>
    public virtual void TailTruncated(PartitionName partition, long logEndOffset, long bytesCut)
    {
    }

    /// <summary>Batches that the journal gave back to a partition after an unclean stop.</summary>
    public virtual void Repaired(PartitionName partition, long fromOffset, long logEndOffset)
    {
    }
}
