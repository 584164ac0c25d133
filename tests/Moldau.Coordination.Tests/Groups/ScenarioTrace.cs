using Moldau.Coordination.Groups;
using Moldau.Coordination.Groups.Consumer;
using Moldau.Coordination.Groups.Offsets;
using Moldau.Coordination.Groups.Share;
using Moldau.Protocol;
using Moldau.Protocol.Messages;

namespace Moldau.Coordination.Tests.Groups;

/// <summary>Decisions as scenarios show them.</summary>
internal static class ScenarioTrace
{
    public static string Of(CoordinatorRecord record) => record switch
    {
        { Producer: { } producer, End: { } end } => $"marker of {producer.ProducerId}/{producer.Epoch}: {(end.IsCommit ? "commit" : "abort")}",
        { Producer: { } producer } => $"{Of(record with { Producer = null })} by {producer.ProducerId}/{producer.Epoch}",
        { Key: GroupMetadataKey key, Value: GroupMetadataValue value } => $"record v{record.ValueVersion} group {key.Group}: {Of(value)}",
        { Key: GroupMetadataKey key } => $"record group {key.Group} is gone",
        { Key: OffsetCommitKey key, Value: OffsetCommitValue value } =>
            $"record v{record.ValueVersion} offset {key.Group} {key.Topic}-{key.Partition}: {Of(value)}",
        { Key: OffsetCommitKey key } => $"record offset {key.Group} {key.Topic}-{key.Partition} is gone",
        _ => ConsumerTrace.Of(record) ?? StreamsTrace.Of(record) ?? ShareTrace.Of(record) ?? throw new ArgumentException($"Unexpected record {record}.", nameof(record)),
    };

    public static string Of(GroupMetadataValue value)
    {
        string members = string.Join(" ", value.Members.Select(member =>
            $"{Short(member.MemberId)}{Instance(member.GroupInstanceId)}({Text(member.Subscription)}->{Text(member.Assignment)})"));
        return $"'{value.ProtocolType}' generation {value.Generation} {value.Protocol ?? "-"} leader {Short(value.Leader ?? "-")} [{members}] since {value.CurrentStateTimestamp}";
    }

    public static string Of(OffsetCommitValue value)
    {
        string expiry = value.ExpireTimestamp < 0 ? "" : $" until {value.ExpireTimestamp}";
        return $"{value.Offset} epoch {value.LeaderEpoch} '{value.Metadata}' at {value.CommitTimestamp}{expiry}";
    }

    public static string Of(object answer) => answer switch
    {
        JoinGroupResponse join when join.ErrorCode != ErrorCode.None => $"{join.ErrorCode} {Short(join.MemberId)}",
        JoinGroupResponse join => $"{Short(join.MemberId)} in generation {join.GenerationId} {join.ProtocolName ?? "(none)"} leader {Short(join.Leader)}"
            + (join.SkipAssignment ? " skip" : "")
            + $" [{string.Join(" ", join.Members.Select(member => $"{Short(member.MemberId)}{Instance(member.GroupInstanceId)}({Text(member.Metadata)})"))}]",
        SyncGroupResponse sync when sync.ErrorCode != ErrorCode.None => $"{sync.ErrorCode}",
        SyncGroupResponse sync => $"assigned '{Text(sync.Assignment)}'",
        HeartbeatResponse heartbeat => $"{heartbeat.ErrorCode}",
        LeaveGroupResponse leave => $"{leave.ErrorCode} [{string.Join(" ", leave.Members.Select(member =>
            $"{Short(member.MemberId)}{Instance(member.GroupInstanceId)}:{member.ErrorCode}"))}]",
        OffsetCommitResponse commit => string.Join(" ", commit.Topics.SelectMany(topic =>
            topic.Partitions.Select(partition => $"{topic.Name}-{partition.PartitionIndex}:{partition.ErrorCode}"))),
        OffsetFetchResponse.OffsetFetchResponseGroup fetch => $"{fetch.ErrorCode} [{string.Join(" ", fetch.Topics.SelectMany(topic =>
            topic.Partitions.Select(partition => $"{topic.Name}-{partition.PartitionIndex}:{(partition.ErrorCode == ErrorCode.None ? $"{partition.CommittedOffset}/{partition.CommittedLeaderEpoch}'{partition.Metadata}'" : $"{partition.ErrorCode}")}")))}]",
        TxnOffsetCommitResponse commit => string.Join(" ", commit.Topics.SelectMany(topic =>
            topic.Partitions.Select(partition => $"{topic.Name}-{partition.PartitionIndex}:{partition.ErrorCode}"))),
        TransactionEnded ended => $"{ended.Error}",
        DescribeGroupsResponse.DescribedGroup group => $"{group.ErrorCode} {group.GroupState} '{group.ProtocolType}' '{group.ProtocolData}' [{string.Join(" ", group.Members.Select(member =>
            $"{Short(member.MemberId)}{Instance(member.GroupInstanceId)}({Text(member.MemberMetadata)}->{Text(member.MemberAssignment)})"))}]",
        GroupList list => string.Join(", ", list.Groups.Select(group => $"{group.GroupId} {group.GroupState} '{group.ProtocolType}' {group.GroupType}")),
        DeleteGroupsResponse.DeletableGroupResult deleted => $"{deleted.ErrorCode}",
        OffsetDeleteResponse deleted => $"{deleted.ErrorCode} {string.Join(" ", deleted.Topics.Select(topic => $"{topic.Name}:{topic.Partitions[0].ErrorCode}"))}",
        _ => ConsumerTrace.Of(answer) ?? StreamsTrace.Of(answer) ?? ShareTrace.Of(answer) ?? throw new ArgumentException($"Unexpected answer {answer}.", nameof(answer)),
    };

    public static string Of(Effect effect) => effect switch
    {
        ShareStateEffect share => ShareTrace.Of(share),
        PatternGivenUp pattern => $"pattern {pattern.GroupId} '{pattern.Pattern}' is given up: {pattern.Reason}",
        _ => StreamsTrace.Of(effect),
    };

    public static string Of(TimerChange change) =>
        change.DeadlineMs is { } deadline ? $"timer {Of(change.Key)} at {deadline}" : $"timer {Of(change.Key)} off";

    private static string Of(TimerKey key) =>
        $"{key.Kind}{(key.Subject.Length == 0 ? "" : " " + key.Subject)}{(key.Part.Length == 0 ? "" : "/" + Short(key.Part))}";

    /// <summary>An id as scenarios write it: the fresh part by its number alone.</summary>
    private static string Short(string id) => ScenarioRequests.ShortId(id);

    private static string Instance(string? instance) => instance is null ? "" : $"@{instance}";

    /// <summary>What the classic protocol of consumers carries is shown by what it says, all else as it is.</summary>
    private static string Text(byte[] bytes) => ScenarioRequests.TextOf(bytes);
}
