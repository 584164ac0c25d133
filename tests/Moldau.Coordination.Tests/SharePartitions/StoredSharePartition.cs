using Moldau.Coordination.SharePartitions;
using Moldau.Coordination.ShareState;

namespace Moldau.Coordination.Tests.SharePartitions;

/// <summary>What the share coordinator has of a share partition.</summary>
internal sealed class StoredSharePartition(long startOffset)
{
    private SharePartitionState _state = new()
    {
        SnapshotEpoch = 0,
        StateEpoch = 0,
        LeaderEpoch = 0,
        StartOffset = startOffset,
        DeliveryCompleteCount = 0,
        CreateMs = 0,
        WriteMs = 0,
    };

    public void Write(long startOffset, IReadOnlyCollection<ShareStateBatch> batches) =>
        _state = _state.With(new WriteShareState(new("g", Guid.Empty, 0)) { StartOffset = startOffset, Batches = batches });

    public ShareDelivery Read() => ShareDelivery.Restore(_state.StartOffset, _state.Batches);
}
