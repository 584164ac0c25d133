using System.Collections.Immutable;
using Moldau.Protocol.Messages;
using Moldau.Protocol.Wire;

namespace Moldau.Coordination.ShareState;

/// <summary>
/// The records of <c>__share_group_state</c>, as Kafka 4.4 writes them. A snapshot says all; the updates after it say what has changed.
/// </summary>
internal static class ShareStateRecords
{
    private const short SnapshotType = 0, UpdateType = 1;
    private const short ValueVersion = 0;

    public static CoordinatorRecord Snapshot(SharePartitionKey key, SharePartitionState state) => CoordinatorRecord.Of(
        SnapshotKey(key),
        new ShareSnapshotValue
        {
            SnapshotEpoch = state.SnapshotEpoch,
            StateEpoch = state.StateEpoch,
            LeaderEpoch = state.LeaderEpoch,
            StartOffset = state.StartOffset,
            DeliveryCompleteCount = state.DeliveryCompleteCount,
            CreateTimestamp = state.CreateMs,
            WriteTimestamp = state.WriteMs,
            StateBatches = [.. state.Batches.Select(batch => new ShareSnapshotValue.StateBatch
            {
                FirstOffset = batch.FirstOffset,
                LastOffset = batch.LastOffset,
                DeliveryState = (sbyte)batch.State,
                DeliveryCount = batch.DeliveryCount,
            })],
        },
        ValueVersion);

    public static CoordinatorRecord Update(WriteShareState write, int snapshotEpoch) => CoordinatorRecord.Of(
        new ShareUpdateKey { GroupId = write.Key.GroupId, TopicId = write.Key.TopicId, Partition = write.Key.Partition },
        new ShareUpdateValue
        {
            SnapshotEpoch = snapshotEpoch,
            LeaderEpoch = write.LeaderEpoch,
            StartOffset = write.StartOffset,
            DeliveryCompleteCount = write.DeliveryCompleteCount,
            StateBatches = [.. StateBatches.Combine(write.Batches, write.StartOffset).Select(batch => new ShareUpdateValue.StateBatch
            {
                FirstOffset = batch.FirstOffset,
                LastOffset = batch.LastOffset,
                DeliveryState = (sbyte)batch.State,
                DeliveryCount = batch.DeliveryCount,
            })],
        },
        ValueVersion);

    public static CoordinatorRecord Gone(SharePartitionKey key) => CoordinatorRecord.Tombstone(SnapshotKey(key));

    public static SharePartitionState StateOf(ShareSnapshotValue value) => new()
    {
        SnapshotEpoch = value.SnapshotEpoch,
        StateEpoch = value.StateEpoch,
        LeaderEpoch = value.LeaderEpoch,
        StartOffset = value.StartOffset,
        DeliveryCompleteCount = value.DeliveryCompleteCount,
        Batches = BatchesOf(value),
        CreateMs = value.CreateTimestamp,
        WriteMs = value.WriteTimestamp,
    };

    /// <summary>An update says nothing of the state epoch.</summary>
    public static WriteShareState WriteOf(SharePartitionKey key, ShareUpdateValue value) => new(key)
    {
        LeaderEpoch = value.LeaderEpoch,
        StartOffset = value.StartOffset,
        DeliveryCompleteCount = value.DeliveryCompleteCount,
        Batches = value.StateBatches.ConvertAll(batch =>
            new ShareStateBatch(batch.FirstOffset, batch.LastOffset, (DeliveryState)batch.DeliveryState, batch.DeliveryCount)),
    };

    public static SharePartitionKey KeyOf(ShareSnapshotKey key) => new(key.GroupId, key.TopicId, key.Partition);

    public static SharePartitionKey KeyOf(ShareUpdateKey key) => new(key.GroupId, key.TopicId, key.Partition);

    /// <summary>A stored record, or null if it is of a type that this coordinator does not keep.</summary>
    /// <exception cref="MalformedMessageException">The bytes do not fit the type they announce.</exception>
    public static CoordinatorRecord? Read(ReadOnlyMemory<byte> keyBytes, ReadOnlyMemory<byte>? valueBytes)
    {
        var keyReader = new WireReader(keyBytes);
        switch (keyReader.ReadInt16())
        {
            case SnapshotType:
                var snapshot = ShareSnapshotKey.Read(ref keyReader, version: 0);
                return valueBytes is { } bytes
                    ? CoordinatorRecord.Of(snapshot, ReadValue(bytes, ShareSnapshotValue.Read), ValueVersion)
                    : CoordinatorRecord.Tombstone(snapshot);
            case UpdateType:
                var update = ShareUpdateKey.Read(ref keyReader, version: 0);
                return valueBytes is { } updated
                    ? CoordinatorRecord.Of(update, ReadValue(updated, ShareUpdateValue.Read), ValueVersion)
                    : CoordinatorRecord.Tombstone(update);
            default:
                return null;
        }
    }

    private delegate TValue ValueReader<TValue>(ref WireReader reader, short version);

    private static TValue ReadValue<TValue>(ReadOnlyMemory<byte> bytes, ValueReader<TValue> read)
    {
        var reader = new WireReader(bytes);
        short version = reader.ReadInt16();
        if (version != ValueVersion) throw new MalformedMessageException($"A share partition's record has no version {version}.");
        return read(ref reader, version);
    }

    private static ShareSnapshotKey SnapshotKey(SharePartitionKey key) =>
        new() { GroupId = key.GroupId, TopicId = key.TopicId, Partition = key.Partition };

    private static ImmutableArray<ShareStateBatch> BatchesOf(ShareSnapshotValue value) => StateBatches.Combine(
        value.StateBatches.Select(batch =>
            new ShareStateBatch(batch.FirstOffset, batch.LastOffset, (DeliveryState)batch.DeliveryState, batch.DeliveryCount)),
        value.StartOffset);
}
