using Moldau.Coordination.Groups.Classic;
using Moldau.Protocol;
using Moldau.Protocol.Messages;

namespace Moldau.Coordination.Groups.Offsets;

/// <summary>OffsetDelete, of partitions that are known to exist. Topics that members are subscribed to are spared.</summary>
internal static class OffsetDeletion
{
    private static readonly IReadOnlySet<string> NoTopics = new HashSet<string>();

    public static OffsetDeleteResponse Delete(ClassicGroup? group, DurableGroups durable, OffsetDeleteRequest request, Turn turn)
    {
        var error = Check(group, request.GroupId);
        return error == ErrorCode.None
            ? Delete(group!.Phase == GroupPhase.Empty ? NoTopics : group.SubscribedTopics, durable, request, turn)
            : new OffsetDeleteResponse { ErrorCode = error };
    }

    /// <summary>The topics that members are subscribed to are spared; without any such set, all are.</summary>
    public static OffsetDeleteResponse Delete(IReadOnlySet<string>? subscribed, DurableGroups durable, OffsetDeleteRequest request, Turn turn)
    {
        var response = new OffsetDeleteResponse();
        foreach (var topic in request.Topics)
        {
            var judgement = subscribed is null || subscribed.Contains(topic.Name) ? ErrorCode.GroupSubscribedToTopic : ErrorCode.None;
            var answer = new OffsetDeleteResponse.OffsetDeleteResponseTopic { Name = topic.Name };
            response.Topics.Add(answer);
            foreach (var partition in topic.Partitions)
            {
                var key = new TopicPartition(topic.Name, partition.PartitionIndex);
                bool isThere = durable.Offset(request.GroupId, key) is not null || durable.Pending.Has(request.GroupId, key);
                if (judgement == ErrorCode.None && isThere)
                    turn.Decision.Append(GroupRecords.Gone(request.GroupId, key));
                answer.Partitions.Add(new OffsetDeleteResponse.OffsetDeleteResponsePartition
                {
                    PartitionIndex = partition.PartitionIndex,
                    ErrorCode = judgement,
                });
            }
        }
        return response;
    }

    private static ErrorCode Check(ClassicGroup? group, string groupId)
    {
        if (groupId.Length == 0) return ErrorCode.InvalidGroupId;
        if (group is null) return ErrorCode.GroupIdNotFound;
        return group.Phase == GroupPhase.Empty || group.ProtocolType == Subscriptions.ConsumerType ? ErrorCode.None : ErrorCode.NonEmptyGroup;
    }
}
