using Moldau.Coordination.Groups.Classic;
using Moldau.Protocol;
using Moldau.Protocol.Messages;

namespace Moldau.Coordination.Groups.Offsets;

/// <summary>OffsetCommit: of partitions that are known to exist, by members of a generation or by consumers on their own.</summary>
internal static class OffsetCommits
{
    /// <summary>The first version whose clients know the code for a group that does not exist.</summary>
    private const short KnowsMissingGroupSince = 9;

    public static ErrorCode CheckMissingGroup(OffsetCommitRequest request, short version)
    {
        if (request.GenerationIdOrMemberEpoch < 0) return ErrorCode.None;
        return version >= KnowsMissingGroupSince ? ErrorCode.GroupIdNotFound : ErrorCode.IllegalGeneration;
    }

    public static ErrorCode Check(ClassicGroup group, OffsetCommitRequest request)
    {
        bool isOnItsOwn = request is { GenerationIdOrMemberEpoch: < 0, MemberId.Length: 0, GroupInstanceId: null };
        if (group.Phase == GroupPhase.Empty && request.GenerationIdOrMemberEpoch < 0) return ErrorCode.None;
        if (isOnItsOwn) return ErrorCode.UnknownMemberId; // The group has members, and nobody else may move its position.

        var error = group.Identify(request.MemberId, request.GroupInstanceId);
        if (error != ErrorCode.None) return error;
        if (request.GenerationIdOrMemberEpoch != group.Generation) return ErrorCode.IllegalGeneration;
        return group.Phase == GroupPhase.CompletingRebalance ? ErrorCode.RebalanceInProgress : ErrorCode.None;
    }

    /// <summary>For a member of a classic group a commit is a sign of life; null stands for a group of another protocol.</summary>
    public static OffsetCommitResponse Commit(ClassicGroup? group, OffsetCommitRequest request, Turn turn)
    {
        if (group?.Member(request.MemberId) is { } member) Sessions.Extend(group, member, turn);
        return Answer(request, (topic, partition) => CommitOne(request, topic, partition, turn));
    }

    public static OffsetCommitResponse Refusal(OffsetCommitRequest request, ErrorCode error) => Answer(request, (_, _) => error);

    private static ErrorCode CommitOne(
        OffsetCommitRequest request,
        OffsetCommitRequest.OffsetCommitRequestTopic topic,
        OffsetCommitRequest.OffsetCommitRequestPartition partition,
        Turn turn)
    {
        string metadata = partition.CommittedMetadata ?? "";
        if (metadata.Length > turn.Settings.OffsetMetadataMax) return ErrorCode.OffsetMetadataTooLarge;
        bool hasExpiry = request.RetentionTimeMs >= 0;
        // What the old form of the record cannot hold is not kept in memory either, or a restart would change the answers.
        var value = new OffsetCommitValue
        {
            Offset = partition.CommittedOffset,
            LeaderEpoch = hasExpiry ? -1 : partition.CommittedLeaderEpoch,
            Metadata = metadata,
            CommitTimestamp = turn.UtcMs,
            ExpireTimestamp = hasExpiry ? turn.UtcMs + request.RetentionTimeMs : -1,
            TopicId = hasExpiry ? Guid.Empty : topic.TopicId,
        };
        turn.Decision.Append(GroupRecords.Of(request.GroupId, new TopicPartition(topic.Name, partition.PartitionIndex), value));
        return ErrorCode.None;
    }

    private static OffsetCommitResponse Answer(
        OffsetCommitRequest request,
        Func<OffsetCommitRequest.OffsetCommitRequestTopic, OffsetCommitRequest.OffsetCommitRequestPartition, ErrorCode> judge)
    {
        var response = new OffsetCommitResponse();
        foreach (var topic in request.Topics)
        {
            var answer = new OffsetCommitResponse.OffsetCommitResponseTopic { Name = topic.Name, TopicId = topic.TopicId };
            response.Topics.Add(answer);
            foreach (var partition in topic.Partitions)
            {
                answer.Partitions.Add(new OffsetCommitResponse.OffsetCommitResponsePartition
                {
                    PartitionIndex = partition.PartitionIndex,
                    ErrorCode = judge(topic, partition),
                });
            }
        }
        return response;
    }
}
