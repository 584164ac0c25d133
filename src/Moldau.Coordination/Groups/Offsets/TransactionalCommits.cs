using Moldau.Coordination.Groups.Classic;
using Moldau.Protocol;
using Moldau.Protocol.Messages;

namespace Moldau.Coordination.Groups.Offsets;

/// <summary>A request to commit offsets in a transaction that is known to be open, of partitions that are known to exist.</summary>
internal sealed record CommitInTransaction(TxnOffsetCommitRequest Request, TransactionalProducer Producer);

/// <summary>A transaction has ended that may have written to this shard; answered by a <see cref="TransactionEnded"/>.</summary>
internal sealed record EndTransactionOfOffsets(TransactionalProducer Producer, TransactionEnd End);

/// <summary>The marker stands in the shard's log.</summary>
internal sealed record TransactionEnded(ErrorCode Error);

/// <summary>TxnOffsetCommit: offsets that count when their transaction commits; and its end.</summary>
internal static class TransactionalCommits
{
    /// <summary>The first version whose clients know the code for a group that does not exist (KIP-1319).</summary>
    private const short KnowsMissingGroupSince = 6;

    public static ErrorCode CheckMissingGroup(TxnOffsetCommitRequest request, short version)
    {
        if (request.GenerationIdOrMemberEpoch < 0) return ErrorCode.None;
        return version >= KnowsMissingGroupSince ? ErrorCode.GroupIdNotFound : ErrorCode.IllegalGeneration;
    }

    /// <summary>
    /// Older clients name no member, so one may be missing though the group has some: such producers are fenced by their epoch instead.
    /// </summary>
    public static ErrorCode Check(ClassicGroup group, TxnOffsetCommitRequest request)
    {
        if (group.Phase == GroupPhase.Empty && request.GenerationIdOrMemberEpoch < 0) return ErrorCode.None;
        bool namesMember = request is not { GenerationIdOrMemberEpoch: < 0, MemberId.Length: 0, GroupInstanceId: null };
        if (!namesMember) return ErrorCode.None;
        var error = group.Identify(request.MemberId, request.GroupInstanceId);
        if (error != ErrorCode.None) return error;
        return request.GenerationIdOrMemberEpoch == group.Generation ? ErrorCode.None : ErrorCode.IllegalGeneration;
    }

    /// <summary>As in Kafka no sign of life of the member, unlike an ordinary commit: it is the producer that says something.</summary>
    public static TxnOffsetCommitResponse Commit(CommitInTransaction commit, Turn turn) =>
        Answer(commit.Request, (topic, partition) => CommitOne(commit.Request.GroupId, topic, partition, commit.Producer, turn));

    public static void End(EndTransactionOfOffsets request, Caller caller, Turn turn)
    {
        turn.Decision.Append(CoordinatorRecord.Marker(request.Producer, request.End));
        turn.Decision.Reply(caller.Token, new TransactionEnded(ErrorCode.None));
    }

    public static TxnOffsetCommitResponse Refusal(TxnOffsetCommitRequest request, ErrorCode error) => Answer(request, (_, _) => error);

    private static ErrorCode CommitOne(
        string groupId,
        TxnOffsetCommitRequest.TxnOffsetCommitRequestTopic topic,
        TxnOffsetCommitRequest.TxnOffsetCommitRequestPartition partition,
        TransactionalProducer producer,
        Turn turn)
    {
        string metadata = partition.CommittedMetadata ?? "";
        if (metadata.Length > turn.Settings.OffsetMetadataMax) return ErrorCode.OffsetMetadataTooLarge;
        var value = new OffsetCommitValue
        {
            Offset = partition.CommittedOffset,
            LeaderEpoch = partition.CommittedLeaderEpoch,
            Metadata = metadata,
            CommitTimestamp = turn.UtcMs,
            ExpireTimestamp = -1,
            TopicId = topic.TopicId,
        };
        var record = GroupRecords.Of(groupId, new TopicPartition(topic.Name, partition.PartitionIndex), value);
        turn.Decision.Append(record with { Producer = producer });
        return ErrorCode.None;
    }

    private static TxnOffsetCommitResponse Answer(
        TxnOffsetCommitRequest request,
        Func<TxnOffsetCommitRequest.TxnOffsetCommitRequestTopic, TxnOffsetCommitRequest.TxnOffsetCommitRequestPartition, ErrorCode> judge)
    {
        var response = new TxnOffsetCommitResponse();
        foreach (var topic in request.Topics)
        {
            response.Topics.Add(new TxnOffsetCommitResponse.TxnOffsetCommitResponseTopic
            {
                Name = topic.Name,
                TopicId = topic.TopicId,
                Partitions = topic.Partitions.ConvertAll(partition => new TxnOffsetCommitResponse.TxnOffsetCommitResponsePartition
                {
                    PartitionIndex = partition.PartitionIndex,
                    ErrorCode = judge(topic, partition),
                }),
            });
        }
        return response;
    }
}
