using Microsoft.Extensions.Logging;
using Moldau.Broker.Config;

namespace Moldau.Broker.Topics;

/// <summary>
/// Keeps the metadata log from growing for ever: writes a snapshot after so many bytes or so much time, and then gives up the oldest
/// snapshots and the log before them. By Kafka's rules, but looked at only when something was written, since an idle log does not grow.
/// </summary>
internal sealed class MetadataUpkeep(MetadataStore store, MetadataLogConfig config, TimeProvider time, ILogger logger)
{
    /// <summary>After a failure, on a full disk say, it is not tried again with every change.</summary>
    private static readonly TimeSpan RetryAfter = TimeSpan.FromMinutes(1);

    private long _lastSnapshot = time.GetTimestamp();
    private long? _lastFailure;

    /// <summary>After a change.</summary>
    public void Run()
    {
        if (_lastFailure is { } failed && time.GetElapsedTime(failed) < RetryAfter) return;
        if (IsSnapshotDue()) Attempt(WriteSnapshot);
    }

    /// <summary>At a stop, a snapshot too where Kafka would replay the log wrongly.</summary>
    public void RunLast()
    {
        if (IsCommitted && (store.State.NeedsSnapshotForKafka || IsSnapshotDue())) Attempt(WriteSnapshot);
    }

    /// <summary>Whether all that the state says is durable: a snapshot of more could tell what never happened.</summary>
    private bool IsCommitted => store.Log.HighWatermark == store.Log.EndOffset;

    private bool IsSnapshotDue()
    {
        if (store.BytesSinceSnapshot == 0 || !IsCommitted) return false;
        if (store.BytesSinceSnapshot >= config.SnapshotBytes) return true;
        return config.SnapshotIntervalMs > 0 && time.GetElapsedTime(_lastSnapshot).TotalMilliseconds >= config.SnapshotIntervalMs;
    }

    private void Attempt(Action work)
    {
        try
        {
            work();
            _lastFailure = null;
        }
        catch (Exception failure)
        {
            // The log says all of it still, so nothing that goes wrong here may stop the metadata.
            _lastFailure = time.GetTimestamp();
            logger.MetadataSnapshotNotWritten(failure);
        }
    }

    private void WriteSnapshot()
    {
        store.WriteSnapshot();
        _lastSnapshot = time.GetTimestamp();
        DropOld();
    }

    private void DropOld()
    {
        var snapshots = store.Snapshots.All();
        long bytes = store.Log.SizeInBytes + snapshots.Sum(store.Snapshots.SizeOf);
        int count = 0;
        // The newest one stays in any case.
        while (count < snapshots.Count - 1 && (IsBeyond(bytes) || IsOld(snapshots[count]))) bytes -= store.Snapshots.SizeOf(snapshots[count++]);
        if (count == 0) return;
        // What the oldest snapshot that stays says, the log need not say again.
        store.Log.DropBefore(snapshots[count].EndOffset);
        foreach (var old in snapshots.Take(count)) store.Snapshots.Delete(old);
    }

    private bool IsBeyond(long bytes) => config.RetentionBytes >= 0 && bytes > config.RetentionBytes;

    private bool IsOld(SnapshotId id)
    {
        if (config.RetentionMs < 0 || store.Snapshots.TimestampOf(id) is not { } timestampMs) return false;
        return time.GetUtcNow().ToUnixTimeMilliseconds() - timestampMs > config.RetentionMs;
    }
}
