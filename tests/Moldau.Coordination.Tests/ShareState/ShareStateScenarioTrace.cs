using Moldau.Coordination.ShareState;
using Moldau.Coordination.Tests.Groups;
using Moldau.Protocol;
using Moldau.Protocol.Messages;

namespace Moldau.Coordination.Tests.ShareState;

/// <summary>Decisions as scenarios show them.</summary>
internal static class ShareStateScenarioTrace
{
    public static string Of(CoordinatorRecord record) => record switch
    {
        { Key: ShareSnapshotKey key, Value: ShareSnapshotValue value } => $"snapshot {Of(ShareStateRecords.KeyOf(key))}: {Of(ShareStateRecords.StateOf(value))}",
        { Key: ShareSnapshotKey key } => $"record {Of(ShareStateRecords.KeyOf(key))} is gone",
        { Key: ShareUpdateKey key, Value: ShareUpdateValue value } => Of(ShareStateRecords.WriteOf(ShareStateRecords.KeyOf(key), value), value.SnapshotEpoch),
        _ => throw new ArgumentException($"Unexpected record {record}.", nameof(record)),
    };

    public static string Of(ShareStateAnswer answer) => answer switch
    {
        { Error: not ErrorCode.None } => $"{answer.Error}",
        { State: { } state } => $"epochs {state.StateEpoch}/{state.LeaderEpoch} start {state.StartOffset} complete {state.DeliveryCompleteCount} [{Of(state.Batches)}]",
        _ => "done",
    };

    private static string Of(SharePartitionState state) =>
        $"#{state.SnapshotEpoch} epochs {state.StateEpoch}/{state.LeaderEpoch} start {state.StartOffset} complete {state.DeliveryCompleteCount} "
        + $"[{Of(state.Batches)}] of {state.CreateMs}" + (state.WriteMs == state.CreateMs ? "" : $" again at {state.WriteMs}");

    private static string Of(WriteShareState write, int snapshotEpoch) =>
        $"update {Of(write.Key)}: #{snapshotEpoch} leader {write.LeaderEpoch} start {write.StartOffset} complete {write.DeliveryCompleteCount} [{Of(write.Batches)}]";

    private static string Of(SharePartitionKey key) => $"{key.GroupId}/{ScenarioTopics.NameOf(key.TopicId)}-{key.Partition}";

    private static string Of(IEnumerable<ShareStateBatch> batches) =>
        string.Join(" ", batches.Select(batch => $"{batch.FirstOffset}-{batch.LastOffset}:{(int)batch.State}/{batch.DeliveryCount}"));
}
