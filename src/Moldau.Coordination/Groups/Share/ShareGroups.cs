using Moldau.Coordination.Groups.Modern;
using Moldau.Coordination.Metadata;
using Moldau.Protocol;
using Moldau.Protocol.Messages;

namespace Moldau.Coordination.Groups.Share;

/// <summary>The share groups of one shard: their soft half, and what is asked of them.</summary>
internal sealed class ShareGroups(DurableGroups durable)
{
    private readonly Dictionary<string, ShareGroupWatch> _watches = [];
    private bool _isResumed;

    /// <summary>The share group that a request is about; null for those that are not of share groups alone.</summary>
    public static string? GroupOf(object request) => request switch
    {
        ShareGroupHeartbeatRequest heartbeat => heartbeat.GroupId,
        AlterShareGroupOffsetsRequest alter => alter.GroupId,
        DeleteShareGroupOffsetsRequest delete => delete.GroupId,
        DescribeShareGroup describe => describe.GroupId,
        ListSharePartitions list => list.GroupId,
        _ => null,
    };

    /// <summary>Answers a request; a group that is not there yet may begin where its id is free.</summary>
    public void Ask(GroupCall call, Predicate<string> isFree, Turn turn)
    {
        var token = call.Caller.Token;
        switch (call.Request)
        {
            case ShareGroupHeartbeatRequest request: turn.Decision.Reply(token, AnswerTo(request, isFree, call.Caller, turn)); break;
            case AlterShareGroupOffsetsRequest request: AlterOffsets(request, isFree, token, turn); break;
            case DeleteShareGroupOffsetsRequest request: DeleteOffsets(request, token, turn); break;
            case DescribeShareGroup request:
                turn.Decision.Reply(token, durable.Share(request.GroupId) is { } described
                    ? ShareGroupDescriptions.Describe(described, turn.Image.Topics)
                    : ShareGroupDescriptions.Missing(request.GroupId));
                break;
            case ListSharePartitions request:
                turn.Decision.Reply(token, durable.Share(request.GroupId)?.Partitions.Initialized ?? SharedTopics.None);
                break;
            default: throw new ArgumentException($"Share groups have no answer to {call.Request}.", nameof(call));
        }
    }

    /// <summary>Of an empty group; answered when the share coordinator has forgotten its partitions.</summary>
    public void Delete(ShareGroup group, DeleteGroup request, Caller caller, Turn turn)
    {
        if (group.Members.All.Count > 0) ReplyToDelete(caller.Token, group.Id, ErrorCode.NonEmptyGroup, turn);
        else if (!ShareDeletion.DeletesStates(Open(group, turn), request, caller.Token)) End(group, caller.Token, turn);
    }

    public void Settle(ShareStatesSettled settled, Turn turn)
    {
        if (durable.Share(settled.Effect.GroupId) is not { } group)
        {
            Refuse(settled.Effect, ErrorCode.GroupIdNotFound, turn);
            return;
        }
        var draft = Open(group, turn);
        switch (settled.Effect)
        {
            case InitializeShareStates { KeepsFormer: true } effect: ShareInitialization.Settle(draft, effect, settled); break;
            case InitializeShareStates effect: ShareAlteration.Settle(draft, effect, settled); break;
            case DeleteShareStates effect:
                ShareDeletion.Settle(draft, effect, settled);
                if (effect.Waiting is { Request: DeleteGroup, Token: var deleter }) EndIfForgotten(group, draft.Partitions, settled, deleter, turn);
                break;
        }
    }

    /// <summary>Whoever waits for an effect that does not come about is told so.</summary>
    public static void Refuse(ShareStateEffect effect, ErrorCode error, Turn turn)
    {
        if (effect.Waiting is not { } waiting) return;
        object answer = waiting.Request switch
        {
            AlterShareGroupOffsetsRequest => new AlterShareGroupOffsetsResponse { ErrorCode = error },
            DeleteShareGroupOffsetsRequest => new DeleteShareGroupOffsetsResponse { ErrorCode = error },
            DeleteGroup request => new DeleteGroupsResponse.DeletableGroupResult { GroupId = request.GroupId, ErrorCode = error },
            _ => throw new ArgumentException($"Nobody waits for an effect with {waiting.Request}.", nameof(effect)),
        };
        turn.Decision.Reply(waiting.Token, answer);
    }

    /// <summary>
    /// Topics that are gone leave their groups. With the first metadata after a start the share coordinator is asked again for what is not
    /// settled.
    /// </summary>
    public void MetadataChanged(Turn turn)
    {
        foreach (var group in durable.Shares)
        {
            if (group.Partitions.IsEmpty) continue;
            var draft = Open(group, turn);
            draft.PutPartitions(draft.Partitions.Keep(turn.Image.Topics.ById.ContainsKey));
            if (!_isResumed) ShareInitialization.Resume(draft);
        }
        _isResumed = true;
    }

    public void TimerFired(ShareGroup group, TimerKey key, Turn turn)
    {
        var draft = Open(group, turn);
        if (draft.Watch.Deadlines.HasPassed(key, turn) && draft.Members.Find(key.Part) is { } late) Remove(draft, late);
    }

    /// <summary>Sessions begin anew, as after a restart: members have a whole one to be heard of.</summary>
    public void Restore(ShareGroup group, Turn turn)
    {
        var draft = Open(group, turn);
        foreach (var member in draft.Members) draft.Watch.ExtendSession(member.Id, draft.Settings, turn);
    }

    public void Forget(string groupId, Turn turn)
    {
        if (_watches.Remove(groupId, out var watch)) watch.Deadlines.CancelAll(turn);
    }

    private ShareGroupHeartbeatResponse AnswerTo(ShareGroupHeartbeatRequest request, Predicate<string> isFree, Caller caller, Turn turn)
    {
        var refusal = ShareHeartbeats.CheckRequest(request);
        if (!refusal.IsNone) return ShareHeartbeats.Refused(refusal);
        var group = durable.Share(request.GroupId);
        if (group is null && (request.MemberEpoch != MemberEpochs.Joining || !isFree(request.GroupId)))
            return ShareHeartbeats.Refused(ShareHeartbeats.MissingGroup(request.GroupId));
        var draft = Open(group ?? new ShareGroup(request.GroupId), turn);
        return request.MemberEpoch == MemberEpochs.Leaving ? Leave(draft, request) : ShareHeartbeats.Heartbeat(draft, request, caller);
    }

    private void AlterOffsets(AlterShareGroupOffsetsRequest request, Predicate<string> isFree, ReplyToken token, Turn turn)
    {
        var group = durable.Share(request.GroupId);
        var refusal = group is null && !isFree(request.GroupId) ? ShareHeartbeats.MissingGroup(request.GroupId) : WhereNotEmpty(group);
        if (!refusal.IsNone)
        {
            turn.Decision.Reply(token, new AlterShareGroupOffsetsResponse { ErrorCode = refusal.Code, ErrorMessage = refusal.Message });
            return;
        }
        var starts = ShareAlteration.StartsOf(request, turn.Image.Topics);
        if (starts.Count == 0)
        {
            turn.Decision.Reply(token, ShareAlteration.AnswerTo(request, turn.Image.Topics, _ => ErrorCode.None));
            return;
        }
        var draft = Open(group ?? new ShareGroup(request.GroupId), turn);
        if (group is null) draft.Begin();
        ShareAlteration.Begin(draft, starts, new WaitingRequest(token, request));
    }

    private void DeleteOffsets(DeleteShareGroupOffsetsRequest request, ReplyToken token, Turn turn)
    {
        var group = durable.Share(request.GroupId);
        var refusal = group is null ? ShareHeartbeats.MissingGroup(request.GroupId) : WhereNotEmpty(group);
        if (refusal.IsNone) ShareDeletion.DeleteOffsets(Open(group!, turn), request, token);
        else turn.Decision.Reply(token, new DeleteShareGroupOffsetsResponse { ErrorCode = refusal.Code, ErrorMessage = refusal.Message });
    }

    private static Refusal WhereNotEmpty(ShareGroup? group) => group is null || group.Members.All.Count == 0 ? default : new(
        ErrorCode.NonEmptyGroup, $"Group '{group.Id}' has {group.Members.All.Count} members; its offsets can be changed when it has none.");

    private static ShareGroupHeartbeatResponse Leave(ShareGroupDraft group, ShareGroupHeartbeatRequest request)
    {
        var refusal = MemberIdentity.Find(group.Members, group.Id, request.MemberId, instanceId: null, out var leaving);
        if (!refusal.IsNone) return ShareHeartbeats.Refused(refusal);
        Remove(group, leaving!);
        return new ShareGroupHeartbeatResponse { MemberId = request.MemberId, MemberEpoch = request.MemberEpoch };
    }

    /// <summary>The others get its partitions with the next assignment. A group that is left empty has none to make.</summary>
    private static void Remove(ShareGroupDraft group, ShareMember member)
    {
        group.Remove(member);
        group.Watch.Forget(member.Id, group.Turn);
        group.Refresh(membersChanged: true);
        if (group.Members.Count == 0) group.FinishTarget(timestampMs: 0);
    }

    /// <summary>A member may have joined meanwhile, or somebody has set where the group begins, and then the group stays.</summary>
    private void EndIfForgotten(ShareGroup group, SharePartitions left, ShareStatesSettled settled, ReplyToken deleter, Turn turn)
    {
        var failure = settled.Errors.Values.FirstOrDefault(ShareDeletion.IsFailure);
        bool isInUse = group.Members.All.Count > 0 || !left.IsEmpty;
        var error = failure != ErrorCode.None ? failure : isInUse ? ErrorCode.NonEmptyGroup : ErrorCode.None;
        if (error == ErrorCode.None) End(group, deleter, turn);
        else ReplyToDelete(deleter, group.Id, error, turn);
    }

    private void End(ShareGroup group, ReplyToken deleter, Turn turn)
    {
        foreach (var record in ShareGroupRecords.GroupGone(group)) turn.Decision.Append(record);
        Forget(group.Id, turn);
        ReplyToDelete(deleter, group.Id, ErrorCode.None, turn);
    }

    private static void ReplyToDelete(ReplyToken token, string groupId, ErrorCode error, Turn turn) =>
        turn.Decision.Reply(token, new DeleteGroupsResponse.DeletableGroupResult { GroupId = groupId, ErrorCode = error });

    private ShareGroupDraft Open(ShareGroup group, Turn turn)
    {
        if (!_watches.TryGetValue(group.Id, out var watch)) _watches.Add(group.Id, watch = new ShareGroupWatch(group.Id));
        return new ShareGroupDraft(group, watch, turn);
    }
}
