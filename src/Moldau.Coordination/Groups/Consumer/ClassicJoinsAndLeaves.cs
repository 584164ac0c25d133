using Moldau.Coordination.Groups.Classic;
using Moldau.Protocol;
using Moldau.Protocol.Messages;

namespace Moldau.Coordination.Groups.Consumer;

/// <summary>JoinGroup and LeaveGroup in a consumer group, by members of it that speak the classic protocol.</summary>
internal sealed class ClassicJoinsAndLeaves(ConsumerGroups groups, ClassicGroups classic)
{
    private const short IdFirstSince = 4;
    private const short ManyMembersSince = 3;

    public void Join(ConsumerGroup group, JoinGroupRequest request, Caller caller, Turn turn)
    {
        var draft = groups.Open(group, turn);
        bool isUnknown = request.MemberId.Length == 0;
        string memberId = isUnknown ? KafkaUuid.ToText(caller.FreshId) : request.MemberId;
        var error = Check(draft, request, out var subscription);
        if (error == ErrorCode.None && isUnknown && request.GroupInstanceId is null && caller.ApiVersion >= IdFirstSince)
            error = ErrorCode.MemberIdRequired;
        if (error != ErrorCode.None)
        {
            Joins.Refuse(error, error == ErrorCode.MemberIdRequired ? memberId : "", caller, turn);
            return;
        }
        var holder = request.GroupInstanceId is { } instance ? draft.Members.OfInstance(instance) : null;
        if (holder is not null && isUnknown && GroupConversions.CanDowngrade(draft, [holder], joining: 1))
        {
            // Its successor joins the classic group that the others are then.
            groups.Downgrade(group, [holder], turn);
            classic.Join(request, caller, turn);
            return;
        }
        bool isNew = holder is null && draft.Members.Find(memberId) is null;
        var former = FormerOf(draft, request, memberId, holder);
        var joined = ClassicMembers.Joined(former, request, subscription!, caller);
        var owned = ConsumerProtocolBytes.Owned(subscription!, turn.Image.Topics);
        var member = Membership.Update(draft, isNew ? null : former, joined, owned);
        var watch = draft.Watch;
        watch.Deadlines.Cancel(watch.RejoinKey(member.Id), turn);
        watch.ExtendSession(member, draft.Settings, turn);
        watch.Deadlines.Set(watch.SyncKey(member.Id), member.RebalanceTimeoutMs, turn);
        turn.Decision.Reply(caller.Token, ClassicMembers.Admission(member));
    }

    public LeaveGroupResponse Leave(ConsumerGroup group, LeaveGroupRequest request, short version, Turn turn)
    {
        var draft = groups.Open(group, turn);
        var leaving = new List<ConsumerMember>();
        var response = new LeaveGroupResponse();
        if (version < ManyMembersSince) response.ErrorCode = LeaveOne(draft, request.MemberId, instanceId: null, leaving);
        else
        {
            foreach (var identity in request.Members)
            {
                response.Members.Add(new()
                {
                    MemberId = identity.MemberId, // An administrator looks for what he asked.
                    GroupInstanceId = identity.GroupInstanceId,
                    ErrorCode = LeaveOne(draft, identity.MemberId, identity.GroupInstanceId, leaving),
                });
            }
        }
        if (leaving.Count > 0) groups.Remove(group, draft, leaving);
        return response;
    }

    private static ErrorCode Check(ConsumerGroupDraft group, JoinGroupRequest request, out ConsumerProtocolSubscription? subscription)
    {
        subscription = null;
        if (group.Settings.Migration == GroupMigration.None) return ErrorCode.InconsistentGroupProtocol;
        bool isMember = group.Members.Find(request.MemberId) is not null || (request.GroupInstanceId is { } instance && group.Members.OfInstance(instance) is not null);
        if (!isMember && group.Members.Count >= group.Settings.MembersMax) return ErrorCode.GroupMaxSizeReached;
        if (!ClassicMembers.Admits(group, request)) return ErrorCode.InconsistentGroupProtocol;
        if (!ConsumerProtocolBytes.TryReadSubscription(request.Protocols[0].Metadata, out subscription)) return ErrorCode.InconsistentGroupProtocol;
        if (request.GroupInstanceId is null || request.MemberId.Length == 0) return ErrorCode.None;
        return ClassicMembers.Identify(group, request.MemberId, request.GroupInstanceId, out _);
    }

    /// <summary>The member as it was; where an instance comes back without an id, it takes the place of the one that it had.</summary>
    private static ConsumerMember FormerOf(ConsumerGroupDraft group, JoinGroupRequest request, string memberId, ConsumerMember? holder)
    {
        if (holder is null) return group.Members.Find(memberId) ?? new ConsumerMember { Id = memberId };
        if (request.MemberId.Length > 0) return holder;
        var successor = holder.SuccessorUnder(memberId, group.TargetEpoch);
        group.Replace(holder, successor);
        group.Watch.Forget(holder.Id, group.Turn);
        return successor;
    }

    /// <summary>An administrator removes a static member by its instance and does not know the member's id. Named twice it leaves once.</summary>
    private static ErrorCode LeaveOne(ConsumerGroupDraft group, string memberId, string? instanceId, List<ConsumerMember> leaving)
    {
        if (memberId.Length == 0 && instanceId is not null) memberId = group.Members.OfInstance(instanceId)?.Id ?? "";
        var error = ClassicMembers.Identify(group, memberId, instanceId, out var member);
        if (error == ErrorCode.None && !leaving.Contains(member!)) leaving.Add(member!);
        return error;
    }
}
