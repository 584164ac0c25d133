using Moldau.Coordination.Groups.Modern;
using Moldau.Coordination.Metadata;
using Moldau.Protocol;
using Moldau.Protocol.Messages;
using Answer = Moldau.Protocol.Messages.ShareGroupHeartbeatResponse;

namespace Moldau.Coordination.Groups.Share;

/// <summary>ShareGroupHeartbeat: what it must say, and what comes of that of a member that is there or joins.</summary>
internal static class ShareHeartbeats
{
    public static Answer Refused(Refusal refusal) => new() { ErrorCode = refusal.Code, ErrorMessage = refusal.Message };

    public static Refusal CheckRequest(ShareGroupHeartbeatRequest request)
    {
        string? fault = request switch
        {
            _ when MemberIdentity.IsBlank(request.GroupId) => "it names no group",
            _ when MemberIdentity.IsBlank(request.MemberId) => "it names no member",
            { MemberId.Length: > ShareMember.IdCharactersMax } => $"a member's id has at most {ShareMember.IdCharactersMax} characters",
            _ when MemberIdentity.IsBlank(request.RackId) => "its rack id is empty; a member without a rack has none",
            { MemberEpoch: < MemberEpochs.Leaving } => $"there is no member epoch {request.MemberEpoch}",
            { MemberEpoch: MemberEpochs.Joining, SubscribedTopicNames: null or { Count: 0 } } => "whoever joins must name topics",
            _ => null,
        };
        return fault is null ? default
            : new(ErrorCode.InvalidRequest, $"The heartbeat of member '{request.MemberId}' in group '{request.GroupId}' cannot be used: {fault}.");
    }

    public static Refusal MissingGroup(string groupId) => new(ErrorCode.GroupIdNotFound, $"There is no share group '{groupId}'.");

    public static Answer Heartbeat(ShareGroupDraft group, ShareGroupHeartbeatRequest request, Caller caller)
    {
        var refusal = Find(group, request, out var former);
        if (!refusal.IsNone) return Refused(refusal);
        var member = Updated(former ?? new ShareMember { Id = request.MemberId }, request, caller);
        bool subscriptionChanged = former is null || !member.HasSubscriptionOf(former);
        if (former is null || !member.SaysTheSameAs(former)) group.PutSubscription(member);
        group.Watch.ExtendSession(member.Id, group.Settings, group.Turn);
        var next = !subscriptionChanged && MissedItsAnswer(member, request) ? member : Advance(group, former, member, subscriptionChanged);
        return AnswerTo(request, former, next, group.Settings);
    }

    /// <summary>Then it hears that answer again, before there is another.</summary>
    private static bool MissedItsAnswer(ShareMember member, ShareGroupHeartbeatRequest request) =>
        request.MemberEpoch != MemberEpochs.Joining && request.MemberEpoch != member.Epoch;

    /// <summary>The group gets a new target if that is needed, the member goes to its own, and partitions that are new are begun.</summary>
    private static ShareMember Advance(ShareGroupDraft group, ShareMember? former, ShareMember member, bool subscriptionChanged)
    {
        int epochBefore = group.Epoch;
        group.Refresh(subscriptionChanged);
        ShareTarget.UpdateIfDue(group);
        var reconciled = ShareTarget.Reconcile(group, member, isNew: former is null, isRefreshed: group.Epoch > epochBefore);
        ShareInitialization.BeginWhatIsNew(group);
        return reconciled;
    }

    /// <summary>As in Kafka, that the group is full is said first of all: also to whoever would be unknown, and hears the other when there is room.</summary>
    private static Refusal Find(ShareGroupDraft group, ShareGroupHeartbeatRequest request, out ShareMember? member)
    {
        member = group.Members.Find(request.MemberId);
        int membersMax = group.Settings.MembersMax;
        if (member is null && group.Members.Count >= membersMax) return MemberIdentity.Full(group.Id, membersMax);
        var sender = new HeartbeatSender(request.MemberId, InstanceId: null, request.MemberEpoch);
        var refusal = MemberIdentity.Admit(group.Members, group.Id, membersMax, sender, isReleased: static _ => false, out _);
        return refusal.IsNone && member is not null ? MemberIdentity.CheckEpoch(member, request.MemberEpoch, () => true) : refusal;
    }

    private static ShareMember Updated(ShareMember member, ShareGroupHeartbeatRequest request, Caller caller) => member with
    {
        RackId = request.RackId ?? member.RackId,
        ClientId = caller.ClientId,
        ClientHost = caller.ClientHost,
        Topics = request.SubscribedTopicNames is { } topics
            ? [.. topics.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)]
            : member.Topics,
    };

    /// <summary>The assignment is told to whoever joins or says everything, and to the others when it has changed.</summary>
    private static Answer AnswerTo(ShareGroupHeartbeatRequest request, ShareMember? former, ShareMember member, ShareGroupSettings settings)
    {
        bool isTold = request.MemberEpoch == MemberEpochs.Joining
            || request.SubscribedTopicNames is not null
            || former is null
            || !former.Assigned.SetEquals(member.Assigned);
        return new Answer
        {
            MemberId = member.Id,
            MemberEpoch = member.Epoch,
            HeartbeatIntervalMs = settings.HeartbeatIntervalMs.Value,
            Assignment = isTold ? AssignmentOf(member) : null,
        };
    }

    private static Answer.AssignmentData AssignmentOf(ShareMember member)
    {
        var assignment = new Answer.AssignmentData();
        foreach (var topic in member.Assigned.Order().GroupBy(partition => partition.Topic))
            assignment.TopicPartitions.Add(new() { TopicId = topic.Key, Partitions = [.. topic.Select(partition => partition.Partition)] });
        return assignment;
    }
}
