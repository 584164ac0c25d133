using Moldau.Coordination.Groups.Classic;
using Moldau.Protocol;
using Moldau.Protocol.Messages;
using ClassicMetadata = Moldau.Protocol.Messages.ConsumerGroupMemberMetadataValue.ClassicMemberMetadataData;

namespace Moldau.Coordination.Groups.Consumer;

/// <summary>
/// Members of a consumer group that speak the classic protocol. There is no leader: the coordinator assigns, the epoch is their generation,
/// and a rebalance is how they are told of a step and say what they have given up. Until there is a target, joining again would bring nothing.
/// </summary>
internal static class ClassicMembers
{
    /// <summary>
    /// Whether all classic members of the group speak one of these protocols, as a classic group needs it that this may become. As in Kafka the
    /// member itself is one of them, by what it said before.
    /// </summary>
    public static bool Admits(ConsumerGroupDraft group, JoinGroupRequest request)
    {
        if (request.ProtocolType != Subscriptions.ConsumerType || request.Protocols.Count == 0) return false;
        HashSet<string> common = [.. ProtocolVote.SpokenBy(request.Protocols.Select(offer => offer.Name))];
        foreach (var member in group.Members.Select(member => member.Classic).OfType<ClassicMetadata>())
            common.IntersectWith(ProtocolVote.SpokenBy(member.SupportedProtocols.Select(spoken => spoken.Name)));
        return common.Count > 0;
    }

    /// <summary>What the join makes of the member, before it is reconciled.</summary>
    public static ConsumerMember Joined(ConsumerMember member, JoinGroupRequest request, ConsumerProtocolSubscription subscription, Caller caller) =>
        member with
        {
            InstanceId = request.GroupInstanceId ?? member.InstanceId,
            RackId = string.IsNullOrEmpty(subscription.RackId) ? member.RackId : subscription.RackId,
            ClientId = caller.ClientId,
            ClientHost = caller.ClientHost,
            Topics = ConsumerMember.Sorted(subscription.Topics),
            Pattern = "",
            RebalanceTimeoutMs = request.RebalanceTimeoutMs == -1 ? request.SessionTimeoutMs : request.RebalanceTimeoutMs,
            Classic = new ClassicMetadata
            {
                SessionTimeoutMs = request.SessionTimeoutMs,
                SupportedProtocols = request.Protocols.ConvertAll(offer =>
                    new ConsumerGroupMemberMetadataValue.ClassicProtocol { Name = offer.Name, Metadata = offer.Metadata }),
            },
        };

    public static JoinGroupResponse Admission(ConsumerMember member) => new()
    {
        MemberId = member.Id,
        GenerationId = member.Epoch,
        ProtocolType = Subscriptions.ConsumerType,
        ProtocolName = ProtocolOf(member),
        Leader = "",
    };

    public static SyncGroupResponse Sync(ConsumerGroupDraft group, SyncGroupRequest request)
    {
        var error = Identify(group, request.MemberId, request.GroupInstanceId, request.GenerationId, out var member);
        if (error == ErrorCode.None && request.ProtocolType is { } type && type != Subscriptions.ConsumerType) error = ErrorCode.InconsistentGroupProtocol;
        if (error == ErrorCode.None && request.ProtocolName is { } name && name != ProtocolOf(member!)) error = ErrorCode.InconsistentGroupProtocol;
        // A member that has to give something up has joined for that already, and will join again.
        if (error == ErrorCode.None && group.TargetEpoch > member!.Epoch && member.State != MemberState.UnrevokedPartitions)
        {
            ExpectRejoin(group, member);
            error = ErrorCode.RebalanceInProgress;
        }
        if (error != ErrorCode.None) return new SyncGroupResponse { ErrorCode = error };
        group.Watch.Deadlines.Cancel(group.Watch.SyncKey(member!.Id), group.Turn);
        group.Watch.ExtendSession(member, group.Settings, group.Turn);
        return new SyncGroupResponse
        {
            ProtocolType = request.ProtocolType,
            ProtocolName = request.ProtocolName,
            Assignment = ConsumerProtocolBytes.Assignment(member.Assigned.Keys, group.Turn.Image.Topics, SubscriptionOf(member)),
        };
    }

    public static ErrorCode Heartbeat(ConsumerGroupDraft group, HeartbeatRequest request)
    {
        var error = Identify(group, request.MemberId, request.GroupInstanceId, request.GenerationId, out var member);
        if (error != ErrorCode.None) return error;
        group.Watch.ExtendSession(member!, group.Settings, group.Turn);
        // There may be no other members that would ask for either.
        group.Refresh(membersChanged: false);
        TargetAssignment.UpdateIfDue(group);
        bool mustJoin = member!.Epoch < group.TargetEpoch
            || member.State == MemberState.UnrevokedPartitions
            || (member.State == MemberState.UnreleasedPartitions && !WaitsForOthers(group, member));
        if (!mustJoin) return ErrorCode.None;
        ExpectRejoin(group, member);
        return ErrorCode.RebalanceInProgress;
    }

    public static ErrorCode Identify(ConsumerGroupDraft group, string memberId, string? instanceId, out ConsumerMember? member)
    {
        member = instanceId is null ? group.Members.Find(memberId) : group.Members.OfInstance(instanceId);
        if (member is null) return ErrorCode.UnknownMemberId;
        return member.Id == memberId ? ErrorCode.None : ErrorCode.FencedInstanceId;
    }

    private static ErrorCode Identify(ConsumerGroupDraft group, string memberId, string? instanceId, int generation, out ConsumerMember? member)
    {
        var error = Identify(group, memberId, instanceId, out member);
        if (error != ErrorCode.None) return error;
        if (!member!.SpeaksClassic) return ErrorCode.UnknownMemberId;
        return generation == member.Epoch ? ErrorCode.None : ErrorCode.IllegalGeneration;
    }

    private static bool WaitsForOthers(ConsumerGroupDraft group, ConsumerMember member) =>
        group.Target(member.Id) is { } target
        && target.Any(partition => !member.Assigned.ContainsKey(partition) && group.IsTaken(partition));

    /// <summary>Until then the member has its rebalance timeout.</summary>
    private static void ExpectRejoin(ConsumerGroupDraft group, ConsumerMember member) =>
        group.Watch.Deadlines.SetIfAbsent(group.Watch.RejoinKey(member.Id), member.RebalanceTimeoutMs, group.Turn);

    private static string? ProtocolOf(ConsumerMember member) => member.Classic!.SupportedProtocols.FirstOrDefault()?.Name;

    private static byte[] SubscriptionOf(ConsumerMember member) => member.Classic!.SupportedProtocols.FirstOrDefault()?.Metadata ?? [];
}
