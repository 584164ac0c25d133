using Microsoft.Extensions.Logging;
using Moldau.Log;

namespace Moldau.Broker.Topics;

/// <summary>Turns what the log engine reports into the broker's log messages.</summary>
internal sealed class StorageLog(ILogger logger) : LogObserver
{
    public override void CommitFailed(Exception cause) => logger.CommitFailed(cause);

    public override void PartitionOffline(PartitionName partition, Exception cause) => logger.PartitionOffline(partition.ToString(), cause);

    public override void JournalSetAside(string path, string reason) => logger.JournalSetAside(path, reason);

    public override void TailTruncated(PartitionName partition, long logEndOffset, long bytesCut) =>
        logger.TailTruncated(partition.ToString(), logEndOffset, bytesCut);

    public override void Repaired(PartitionName partition, long fromOffset, long logEndOffset) =>
        logger.PartitionRepaired(partition.ToString(), fromOffset, logEndOffset);
}
