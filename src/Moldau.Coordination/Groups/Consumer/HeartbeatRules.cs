using Moldau.Coordination.Groups.Modern;
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
            _ when MemberIdentity.IsBlank(request.GroupId) => "it names no group",
            _ when MemberIdentity.IsBlank(request.InstanceId) => "its instance id is empty; a dynamic member has none",
            _ when MemberIdentity.IsBlank(request.RackId) => "its rack id is empty; a member without a rack has none",
            { MemberEpoch: < MemberEpochs.Away } => $"there is no member epoch {request.MemberEpoch}",
            _ when MemberIdentity.IsBlank(request.MemberId) && (version >= OwnMemberIdsSince || request.MemberEpoch != MemberEpochs.Joining) =>
                "it names no member",
            { MemberEpoch: MemberEpochs.Away, InstanceId: null } => "only a member with an instance id can leave for a while",
            { MemberEpoch: MemberEpochs.Joining } => FaultOfJoin(request),
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

    /// <summary>A pattern that no member of the group has so far. What the one that brings it had before goes, if nobody else has that.</summary>
    public static Refusal CheckNewPattern(string pattern, ConsumerMember former, ConsumerGroupDraft group)
    {
        bool freesOne = former.Pattern.Length > 0 && group.Members.All(member => member.Id == former.Id || member.Pattern != former.Pattern);
        string? fault = group.SubscribedPatterns.Count - (freesOne ? 1 : 0) >= PatternsMax
            ? $"the members of group '{group.Id}' have {PatternsMax} different ones already, which is the limit"
            : ClientPattern.Fault(pattern);
        return fault is null
            ? default
            : new Refusal(ErrorCode.InvalidRegularExpression, $"The pattern of topics '{pattern}' cannot be used: {fault}.");
    }

    public static Refusal MissingGroup(string groupId) =>
        new(ErrorCode.GroupIdNotFound, $"There is no group '{groupId}' of the consumer protocol.");

    /// <summary>The code is that of a missing group: clients know no other for it.</summary>
    public static Refusal CannotUpgrade(string groupId) => new(
        ErrorCode.GroupIdNotFound,
        $"The classic group '{groupId}' cannot become a consumer group while it has members: what they say of themselves, or what their leader "
            + "assigned to them, does not fit one.");

    private static string? FaultOfJoin(ConsumerGroupHeartbeatRequest request) => request switch
    {
        { RebalanceTimeoutMs: -1 } => "whoever joins must say his rebalance timeout",
        { TopicPartitions: null or { Count: > 0 } } => "whoever joins must own no partitions, and say so",
        { SubscribedTopicNames: null, SubscribedTopicRegex: null } => "whoever joins must name topics or a pattern of them",
        _ => null,
    };

    private static Refusal Invalid(string message) => new(ErrorCode.InvalidRequest, message);
}
