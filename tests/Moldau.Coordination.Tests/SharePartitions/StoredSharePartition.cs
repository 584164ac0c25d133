using Moldau.Coordination.SharePartitions;
using Moldau.Coordination.ShareState;
using Moldau.Coordination.Tests.Replicas;

namespace Moldau.Coordination.Tests.SharePartitions;

/// <summary>What the share coordinator has of a share partition, as it reads it from its log.</summary>
internal sealed class StoredSharePartition
{
    private static readonly SharePartitionKey Key = new("g", Guid.Empty, 0);

    private readonly StoredLog _log = new(ShareStateRecords.Read);
    private readonly DurableShareState _durable = new();

    /// <summary>Records whose lock has ended, which could not be stored: it counts until a restart, and is not known after that.</summary>
    private readonly HashSet<long> _untold = [];

    public StoredSharePartition(long startOffset) => Append(ShareStateRecords.Snapshot(Key, new SharePartitionState
    {
        SnapshotEpoch = 0,
        StateEpoch = 0,
        LeaderEpoch = 0,
        StartOffset = startOffset,
        DeliveryCompleteCount = 0,
        CreateMs = 0,
        WriteMs = 0,
    }));

    public void Write(long startOffset, StateChange change)
    {
        Append(ShareStateRecords.Update(new WriteShareState(Key) { StartOffset = startOffset, Batches = change.Batches }, snapshotEpoch: 0));
        _untold.ExceptWith(OffsetsOf(change));
    }

    public void FailToWrite(StateChange change)
    {
        if (change.CountsAtOnce) _untold.UnionWith(OffsetsOf(change));
    }

    public ShareDelivery Restore()
    {
        _untold.Clear();
        return Read();
    }

    /// <summary>
    /// A restart must find each record as it is now, but for what members have acquired since. What the log itself says of a record is not
    /// stored: that it is not there, that its transaction was aborted, or that the log begins behind it.
    /// </summary>
    public void MustHaveAllOf(ShareDelivery delivery, long logStartOffset, Predicate<long> isInLog)
    {
        var stored = Read();
        stored.MoveLogStart(logStartOffset);
        long end = Math.Max(delivery.EndOffset, stored.EndOffset);
        for (long offset = Math.Min(delivery.StartOffset, stored.StartOffset); offset < end; offset++)
        {
            if (_untold.Contains(offset) || !isInLog(offset)) continue;
            var (there, restored) = (DeliveredRecord.Stored(delivery, offset), DeliveredRecord.Stored(stored, offset));
            Assert.True(there == restored, $"Record {offset} is {there}, and a restart finds it {restored}.");
        }
    }

    private ShareDelivery Read() => _durable.Find(Key) is { } state
        ? ShareDelivery.Restore(state.StartOffset, state.Batches)
        : throw new InvalidOperationException("The share partition was not begun.");

    private void Append(CoordinatorRecord record) => _durable.Apply(_log.Append(record), _log.Count);

    private static IEnumerable<long> OffsetsOf(StateChange change) =>
        from batch in change.Batches
        from offset in Enumerable.Range(0, (int)(batch.LastOffset - batch.FirstOffset + 1))
        select batch.FirstOffset + offset;
}
