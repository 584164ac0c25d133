using Moldau.Coordination.Metadata;
using Moldau.Coordination.Patterns;
using Moldau.Protocol;
using Moldau.Protocol.Messages;

namespace Moldau.Coordination.Groups.Consumer;

/// <summary>What a ConsumerGroupHeartbeat must say, and which epochs are accepted from whom.</summary>
internal static class HeartbeatRules
{
    /// <summary>From this version on the client makes its member id; before, the coordinator does where there is none.</summary>
    private const short OwnMemberIdsSince = 1;

    /// <summary>Different patterns of one group: all are looked up among all topics at once, while the groups of the same shard wait.</summary>
    private const int PatternsMax = 100;

    public static Refusal CheckRequest(ConsumerGroupHeartbeatRequest request, short version, ConsumerGroupSettings settings)
    {
        string? fault = request switch
        {
            { GroupId.Length: 0 } => "it names no group",
            { InstanceId.Length: 0 } => "its instance id is empty; a dynamic member has none",
            { RackId.Length: 0 } => "its rack id is empty; a member without a rack has none",
            { MemberEpoch: < ConsumerMember.AwayEpoch } => $"there is no member epoch {request.MemberEpoch}",
            { MemberId.Length: 0 } when version >= OwnMemberIdsSince || request.MemberEpoch != ConsumerMember.JoiningEpoch =>
                "it names no member",
            { MemberEpoch: ConsumerMember.AwayEpoch, InstanceId: null } => "only a member with an instance id can leave for a while",
            { MemberEpoch: ConsumerMember.JoiningEpoch } => FaultOfJoin(request),
            _ => null,
        };
        if (fault is not null) return Invalid($"The heartbeat of member '{request.MemberId}' in group '{request.GroupId}' cannot be used: {fault}.");
        if (request.ServerAssignor is { } assignor && !TargetAssignment.IsKnown(assignor, settings))
        {
            string known = string.Join(", ", settings.Assignors);
            return new Refusal(ErrorCode.UnsupportedAssignor, $"There is no assignor '{assignor}' here; these can be chosen: {known}.");
        }
        return default;
    }

    /// <summary>A pattern that no member of the group has so far.</summary>
    public static Refusal CheckNewPattern(string pattern, ConsumerGroupDraft group)
    {
        string? fault = group.SubscribedPatterns.Count >= PatternsMax
            ? $"the members of group '{group.Id}' have {PatternsMax} different ones already, which is the limit"
            : ClientPattern.Fault(pattern);
        return fault is null
            ? default
            : new Refusal(ErrorCode.InvalidRegularExpression, $"The pattern of topics '{pattern}' cannot be used: {fault}.");
    }

    /// <summary>
    /// A member has its own epoch, or still the one before if the answer with the new one was lost; then it cannot own more than it was
    /// given. Whoever joins owns nothing and may always come.
    /// </summary>
    public static Refusal CheckEpoch(ConsumerMember member, int epoch, IReadOnlySet<TopicIdPartition>? owned)
    {
        if (epoch == member.Epoch) return default;
        bool joinsAgain = epoch == ConsumerMember.JoiningEpoch && member.InstanceId is null;
        bool missedItsAnswer = epoch < member.Epoch && epoch == member.PreviousEpoch && owned is not null && owned.All(member.Assigned.ContainsKey);
        return joinsAgain || missedItsAnswer ? default : new Refusal(
            ErrorCode.FencedMemberEpoch,
            $"Member '{member.Id}' came with epoch {epoch} and is in epoch {member.Epoch}: it must give up its partitions and join again.");
    }

    public static Refusal UnknownMember(string groupId, string memberId) =>
        new(ErrorCode.UnknownMemberId, $"Group '{groupId}' has no member '{memberId}': it left, or was not heard of in time, and must join again.");

    public static Refusal UnknownInstance(string groupId, string instanceId) =>
        new(ErrorCode.UnknownMemberId, $"Group '{groupId}' has no member with the instance id '{instanceId}'.");

    public static Refusal FencedInstance(ConsumerMember holder) => new(
        ErrorCode.FencedInstanceId,
        $"The instance id '{holder.InstanceId}' belongs to another member now: two processes use it, or this one was replaced.");

    public static Refusal TakenMemberId(string memberId) =>
        Invalid($"The member id '{memberId}' is another member's, with another instance id or none: each process must choose one of its own.");

    public static Refusal UnreleasedInstance(ConsumerMember holder) => new(
        ErrorCode.UnreleasedInstanceId,
        $"The instance id '{holder.InstanceId}' is in use by member '{holder.Id}', which has not left; it is free when that one leaves or its session ends.");

    public static Refusal MissingGroup(string groupId) =>
        new(ErrorCode.GroupIdNotFound, $"There is no group '{groupId}' of the consumer protocol.");

    public static Refusal Full(string groupId, int membersMax) =>
        new(ErrorCode.GroupMaxSizeReached, $"Group '{groupId}' has {membersMax} members, which is the limit here.");

    private static string? FaultOfJoin(ConsumerGroupHeartbeatRequest request) => request switch
    {
        { RebalanceTimeoutMs: -1 } => "whoever joins must say his rebalance timeout",
        { TopicPartitions: null or { Count: > 0 } } => "whoever joins must own no partitions, and say so",
        { SubscribedTopicNames: null } when string.IsNullOrEmpty(request.SubscribedTopicRegex) => "whoever joins must name topics or a pattern of them",
        _ => null,
    };

    private static Refusal Invalid(string message) => new(ErrorCode.InvalidRequest, message);
}
