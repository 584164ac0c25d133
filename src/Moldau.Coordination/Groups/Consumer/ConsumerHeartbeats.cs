using Moldau.Coordination.Groups.Modern;
using Moldau.Coordination.Metadata;
using Moldau.Protocol.Messages;
using Answer = Moldau.Protocol.Messages.ConsumerGroupHeartbeatResponse;

namespace Moldau.Coordination.Groups.Consumer;

/// <summary>
/// ConsumerGroupHeartbeat of a member that is there or joins: it says what it wants and owns, the group gets a new target if that is
/// needed, and the member goes a step towards its own.
/// </summary>
internal static class ConsumerHeartbeats
{
    public static Answer Refused(Refusal refusal) => new() { ErrorCode = refusal.Code, ErrorMessage = refusal.Message };

    public static Answer Heartbeat(ConsumerGroupDraft group, ConsumerGroupHeartbeatRequest request, Caller caller)
    {
        var owned = OwnedBy(request);
        var refusal = Find(group, request, owned, out var former, out var replaced);
        if (!refusal.IsNone) return Refused(refusal);
        var member = Updated(former!, request, caller);
        if (member.Pattern.Length > 0 && !group.IsSubscribedTo(member.Pattern))
        {
            refusal = HeartbeatRules.CheckNewPattern(member.Pattern, former!, group);
            if (!refusal.IsNone) return Refused(refusal);
        }
        if (replaced is not null)
        {
            group.Replace(replaced, former!);
            group.Watch.Forget(replaced.Id, group.Turn);
        }
        bool isNew = group.Members.Find(member.Id) is null;
        var reconciled = Membership.Update(group, isNew ? null : former, member, owned);
        group.Watch.ExtendSession(reconciled, group.Settings, group.Turn);
        return AnswerTo(request, isNew || replaced is not null ? null : former, reconciled, group);
    }

    /// <summary>The member as it was: a new one where a client joins, and one that takes another's place where its instance comes back.</summary>
    private static Refusal Find(
        ConsumerGroupDraft group,
        ConsumerGroupHeartbeatRequest request,
        IReadOnlySet<TopicIdPartition>? owned,
        out ConsumerMember? member,
        out ConsumerMember? replaced)
    {
        member = null;
        var sender = new HeartbeatSender(request.MemberId, request.InstanceId, request.MemberEpoch);
        var refusal = MemberIdentity.Admit(
            group.Members, group.Id, group.Settings.MembersMax, sender, holder => holder.Epoch == MemberEpochs.Away || holder.SpeaksClassic, out replaced);
        if (!refusal.IsNone) return refusal;
        member = replaced is not null
            ? replaced.SuccessorUnder(request.MemberId, group.TargetEpoch)
            : group.Members.Find(request.MemberId) ?? new ConsumerMember { Id = request.MemberId };
        var found = member;
        return MemberIdentity.CheckEpoch(found, request.MemberEpoch, () => owned is not null && owned.All(found.Assigned.ContainsKey));
    }

    private static ConsumerMember Updated(ConsumerMember member, ConsumerGroupHeartbeatRequest request, Caller caller) => member with
    {
        InstanceId = request.InstanceId ?? member.InstanceId,
        RackId = request.RackId ?? member.RackId,
        ClientId = caller.ClientId,
        ClientHost = caller.ClientHost,
        Topics = request.SubscribedTopicNames is { } topics ? ConsumerMember.Sorted(topics) : member.Topics,
        Pattern = request.SubscribedTopicRegex ?? member.Pattern,
        RebalanceTimeoutMs = request.RebalanceTimeoutMs == -1 ? member.RebalanceTimeoutMs : request.RebalanceTimeoutMs,
        Assignor = request.ServerAssignor ?? member.Assignor,
        Classic = null,
    };

    private static HashSet<TopicIdPartition>? OwnedBy(ConsumerGroupHeartbeatRequest request) => request.TopicPartitions is { } topics
        ? [.. topics.SelectMany(topic => topic.Partitions.Select(index => new TopicIdPartition(topic.TopicId, index)))]
        : null;

    /// <summary>The assignment is told to whoever joins or says everything, and to the others when it has changed.</summary>
    private static Answer AnswerTo(
        ConsumerGroupHeartbeatRequest request, ConsumerMember? former, ConsumerMember member, ConsumerGroupDraft group)
    {
        bool saysEverything = request is { RebalanceTimeoutMs: not -1, TopicPartitions: not null }
            && (request.SubscribedTopicNames is not null || request.SubscribedTopicRegex is not null);
        bool isTold = request.MemberEpoch == MemberEpochs.Joining || saysEverything || !HasSameAssignment(former, member);
        return new Answer
        {
            MemberId = member.Id,
            MemberEpoch = member.Epoch,
            HeartbeatIntervalMs = group.Settings.HeartbeatIntervalMs.Value,
            Assignment = isTold ? AssignmentOf(member) : null,
        };
    }

    private static bool HasSameAssignment(ConsumerMember? former, ConsumerMember member)
    {
        var before = former?.Assigned ?? ConsumerMember.NoPartitions;
        return before == member.Assigned || (before.Count == member.Assigned.Count && before.Keys.All(member.Assigned.ContainsKey));
    }

    private static Answer.AssignmentData AssignmentOf(ConsumerMember member)
    {
        var assignment = new Answer.AssignmentData();
        foreach (var topic in member.Assigned.Keys.Order().GroupBy(partition => partition.Topic))
            assignment.TopicPartitions.Add(new() { TopicId = topic.Key, Partitions = [.. topic.Select(partition => partition.Partition)] });
        return assignment;
    }
}
