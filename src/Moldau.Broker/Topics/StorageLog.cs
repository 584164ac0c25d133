using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Moldau.Log;
using Moldau.Log.Cleaning;
using Moldau.Log.Files;

namespace Moldau.Broker.Topics;

/// <summary>Turns what the log engine reports into the broker's log messages.</summary>
internal sealed class StorageLog(ILogger logger, TimeProvider time) : LogObserver
{
    private static readonly TimeSpan FirstReminder = TimeSpan.FromSeconds(10), LongestReminder = TimeSpan.FromMinutes(10);

    private readonly GrowingInterval _refusals = new(time, FirstReminder, LongestReminder);
    private readonly GrowingInterval _waits = new(time, FirstReminder, LongestReminder);
    private readonly GrowingInterval _upkeep = new(time, FirstReminder, LongestReminder);
    private readonly GrowingInterval _checkpoints = new(time, FirstReminder, LongestReminder);
    private readonly TaskCompletionSource<Exception> _failed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ConcurrentBag<PartitionName> _truncated = [];

    public ILogger Logger => logger;

    /// <summary>Completes when nothing can be made durable any more.</summary>
    public Task<Exception> Failed => _failed.Task;

    /// <summary>Partitions that lost a torn tail when the directory was opened.</summary>
    public IReadOnlyCollection<PartitionName> Truncated => _truncated;

    public override void CommitFailed(Exception cause)
    {
        logger.CommitFailed(cause);
        _failed.TrySetResult(cause);
    }

    /// <summary>The metadata log has a change that is not in force: whatever was decided now would not know of it.</summary>
    public void MetadataBehindItsLog(Exception cause)
    {
        logger.MetadataBehindItsLog(cause);
        _failed.TrySetResult(cause);
    }

    /// <summary>A change of metadata holds, but not all that follows from it was done.</summary>
    public void MetadataNotFollowed(Exception cause) => logger.MetadataNotFollowed(cause);

    public override void PartitionOffline(PartitionName partition, Exception cause) => logger.PartitionOffline(partition.ToString(), cause);

    public override void UpkeepFailed(string task, Exception cause)
    {
        if (cause is not StorageExhaustedException) logger.UpkeepFailed(task, cause);
        else if (_upkeep.TryTake()) logger.UpkeepLacksRoom(task, StorageRemedy.Of(cause), cause.Message);
    }

    public override void SegmentsDeleted(PartitionName partition, int count, long logStartOffset) =>
        logger.SegmentsDeleted(partition.ToString(), count, logStartOffset);

    public override void AppendRefused(PartitionName partition, Exception cause)
    {
        if (_refusals.TryTake()) logger.AppendRefused(partition.ToString(), StorageRemedy.Of(cause), cause.Message);
    }

    public override void CommitWaits(Exception cause)
    {
        if (_waits.TryTake()) logger.CommitWaits(StorageRemedy.Of(cause), cause.Message);
    }

    public override void CommitGoesOn()
    {
        _waits.Reset();
        logger.CommitGoesOn();
    }

    public override void DamagedBatch(PartitionName partition, string path, long position) =>
        logger.DamagedBatch(partition.ToString(), path, position);

    public override void Cleaned(PartitionName partition, CleaningStats stats) =>
        logger.Cleaned(partition.ToString(), stats.FromOffset, stats.ToOffset, stats.BytesBefore, stats.BytesAfter);

    public override void LogUncleanable(PartitionName partition, UncleanableLogException cause) => logger.LogUncleanable(partition.ToString(), cause);

    public override void CleaningFailed(PartitionName partition, Exception cause) => logger.CleaningFailed(partition.ToString(), cause);

    public override void ReadFailed(PartitionName partition, Exception cause) => logger.PartitionReadFailed(partition.ToString(), cause);

    public override void CheckpointsNotWritten(Exception cause)
    {
        if (cause is not StorageExhaustedException) logger.CheckpointsNotWritten(cause);
        else if (_checkpoints.TryTake()) logger.CheckpointsLackRoom(StorageRemedy.Of(cause), cause.Message);
    }

    public override void JournalSetAside(string path, string reason) => logger.JournalSetAside(path, reason);

    public override void JournalDisagrees(PartitionName partition, string reason) => logger.JournalDisagrees(partition.ToString(), reason);

    public override void RecordsMissing(PartitionName partition, long logEndOffset, long checkpoint) =>
        logger.RecordsMissing(partition.ToString(), logEndOffset, checkpoint);

    public override void TailTruncated(PartitionName partition, long logEndOffset, long bytesCut)
    {
        logger.TailTruncated(partition.ToString(), logEndOffset, bytesCut);
        _truncated.Add(partition);
    }

    public override void Repaired(PartitionName partition, long fromOffset, long logEndOffset) =>
        logger.PartitionRepaired(partition.ToString(), fromOffset, logEndOffset);
}
