using Moldau.Protocol;
using Moldau.Protocol.Messages;

namespace Moldau.Coordination.Groups;

/// <summary>The groups and offsets of one partition of <c>__consumer_offsets</c>.</summary>
internal sealed class GroupShard(GroupSettings settings) : IStateMachine<GroupInput, CoordinatorRecord>
{
    private readonly Dictionary<string, ClassicGroup> _living = [];
    private string? _judged;

    public DurableGroups Durable { get; } = new();

    public Decision<CoordinatorRecord> Decide(GroupInput input, Instant now)
    {
        _judged = input is GroupCall call ? GroupOf(call.Request) : null;
        if (input is TopicsGone topics) return DropOffsets(topics.IsGone);
        var turn = NewTurn(now);
        switch (input)
        {
            case GroupCall { Request: JoinGroupRequest request, Caller: var caller }: Join(request, caller, turn); break;
            case GroupCall { Request: SyncGroupRequest request, Caller: var caller }: Sync(request, caller, turn); break;
            case GroupCall { Request: HeartbeatRequest request, Caller: var caller }: Heartbeat(request, caller, turn); break;
            case GroupCall { Request: LeaveGroupRequest request, Caller: var caller }: Leave(request, caller, turn); break;
            case GroupCall { Request: OffsetCommitRequest request, Caller: var caller }: Commit(request, caller, turn); break;
            case GroupCall { Request: CommitInTransaction request, Caller: var caller }: Commit(request, caller, turn); break;
            case GroupCall { Request: EndTransactionOfOffsets request, Caller: var caller }: End(request, caller, turn); break;
            case GroupCall { Request: FetchOffsets request, Caller: var caller }: Fetch(request, caller, turn); break;
            case GroupCall { Request: OffsetDeleteRequest request, Caller: var caller }: DeleteOffsets(request, caller, turn); break;
            case GroupCall { Request: DescribeGroup request, Caller: var caller }: Describe(request.GroupId, caller, turn); break;
            case GroupCall { Request: GroupFilter request, Caller: var caller }: List(request, caller, turn); break;
            case GroupCall { Request: DeleteGroup request, Caller: var caller }: Delete(request.GroupId, caller, turn); break;
            default: throw new ArgumentException($"A shard of groups has no answer to {input}.", nameof(input));
        }
        return turn.Decision;
    }

    public Decision<CoordinatorRecord> TimerFired(TimerKey key, Instant now)
    {
        _judged = key.Subject;
        var turn = NewTurn(now);
        if (!_living.TryGetValue(key.Subject, out var group)) return turn.Decision;
        switch (key.Kind)
        {
            case TimerKind.MemberSession: Sessions.TimerFired(group, key.Part, turn); break;
            case TimerKind.MemberIdHandedOut: Membership.HandedOutTimerFired(group, key.Part, turn); break;
            case TimerKind.JoinPhase: Rebalance.JoinTimerFired(group, turn); break;
            case TimerKind.SyncPhase: Rebalance.SyncTimerFired(group, turn); break;
        }
        return turn.Decision;
    }

    public void Apply(CoordinatorRecord record) => Durable.Apply(record);

    public Decision<CoordinatorRecord> Loaded(Instant now)
    {
        var turn = NewTurn(now);
        foreach (string groupId in Durable.GroupIds.Where(id => !Durable.IsOfOtherProtocol(id))) Restore(groupId, turn);
        return turn.Decision;
    }

    /// <summary>A group whose metadata could not be stored goes back to what is stored of it, as it would after a restart.</summary>
    public Decision<CoordinatorRecord> AppendFailed(Decision<CoordinatorRecord> failed, Instant now)
    {
        var turn = NewTurn(now);
        var keys = failed.Records.Select(record => record.Key).ToList();
        foreach (string groupId in keys.OfType<GroupMetadataKey>().Select(key => key.Group).Distinct()) GoBack(groupId, turn);
        // A commit changes nothing of a group that was there before; one that it made is there no more.
        foreach (string groupId in keys.OfType<OffsetCommitKey>().Select(key => key.Group).Where(id => !Durable.Knows(id)).Distinct())
        {
            if (_living.GetValueOrDefault(groupId) is { Phase: GroupPhase.Empty, IdsHandedOut.Count: 0 }) _living.Remove(groupId);
        }
        return turn.Decision;
    }

    public Decision<CoordinatorRecord> DecideFailed(Instant now)
    {
        var turn = NewTurn(now);
        if (_judged is { } groupId) GoBack(groupId, turn);
        return turn.Decision;
    }

    private void GoBack(string groupId, Turn turn)
    {
        if (_living.Remove(groupId, out var group)) Disband(group, turn);
        if (Durable.Knows(groupId) && !Durable.IsOfOtherProtocol(groupId)) Restore(groupId, turn);
    }

    private static string? GroupOf(object request) => request switch
    {
        JoinGroupRequest join => join.GroupId,
        SyncGroupRequest sync => sync.GroupId,
        HeartbeatRequest heartbeat => heartbeat.GroupId,
        LeaveGroupRequest leave => leave.GroupId,
        OffsetCommitRequest commit => commit.GroupId,
        CommitInTransaction commit => commit.Request.GroupId,
        OffsetDeleteRequest delete => delete.GroupId,
        DeleteGroup delete => delete.GroupId,
        _ => null, // The others only look.
    };

    private static void Disband(ClassicGroup group, Turn turn)
    {
        foreach (var member in group.Members)
        {
            JoinReplies.Refuse(member, ErrorCode.CoordinatorNotAvailable, member.Id, turn);
            Syncs.Refuse(member, ErrorCode.CoordinatorNotAvailable, turn);
            Sessions.Stop(group, member, turn);
        }
    }

    private Turn NewTurn(Instant now) => new(new Decision<CoordinatorRecord>(), now, settings);

    private void Restore(string groupId, Turn turn) => _living[groupId] = GroupRestoration.Restore(groupId, Durable.Group(groupId), turn);

    private void Join(JoinGroupRequest request, Caller caller, Turn turn)
    {
        var error = Joins.CheckRequest(request, settings);
        bool isMissing = !_living.TryGetValue(request.GroupId, out var group);
        if (error == ErrorCode.None && isMissing && request.MemberId.Length > 0) error = ErrorCode.UnknownMemberId;
        if (error == ErrorCode.None && Durable.IsOfOtherProtocol(request.GroupId)) error = ErrorCode.InconsistentGroupProtocol;
        if (error != ErrorCode.None)
        {
            Joins.Refuse(error, request.MemberId, caller, turn);
            return;
        }
        if (group is null)
        {
            group = Create(request.GroupId, turn);
            turn.Decision.Append(GroupRecords.OfEmpty(group));
        }
        Joins.Join(group, request, caller, turn);
    }

    private ClassicGroup Create(string groupId, Turn turn)
    {
        var group = new ClassicGroup(groupId);
        group.Enter(GroupPhase.Empty, turn.UtcMs);
        _living.Add(groupId, group);
        return group;
    }

    private void Sync(SyncGroupRequest request, Caller caller, Turn turn)
    {
        _living.TryGetValue(request.GroupId, out var group);
        var error = !Syncs.NamesProtocol(request, caller.ApiVersion) ? ErrorCode.InconsistentGroupProtocol
            : request.GroupId.Length == 0 ? ErrorCode.InvalidGroupId
            : group is null ? ErrorCode.UnknownMemberId
            : ErrorCode.None;
        if (error == ErrorCode.None) Syncs.Sync(group!, request, caller, turn);
        else turn.Decision.Reply(caller.Token, Syncs.Refusal(error));
    }

    private void Heartbeat(HeartbeatRequest request, Caller caller, Turn turn)
    {
        var error = request.GroupId.Length == 0 ? ErrorCode.InvalidGroupId
            : _living.TryGetValue(request.GroupId, out var group) ? Heartbeats.Judge(group, request, turn)
            : ErrorCode.UnknownMemberId;
        turn.Decision.Reply(caller.Token, new HeartbeatResponse { ErrorCode = error });
    }

    private void Leave(LeaveGroupRequest request, Caller caller, Turn turn) =>
        turn.Decision.Reply(caller.Token, Leaves.Leave(_living.GetValueOrDefault(request.GroupId), request, caller.ApiVersion, turn));

    private void Commit(OffsetCommitRequest request, Caller caller, Turn turn)
    {
        bool exists = _living.TryGetValue(request.GroupId, out var group);
        var error = exists ? OffsetCommits.Check(group!, request)
            : Durable.IsOfOtherProtocol(request.GroupId) ? ErrorCode.UnknownMemberId
            : OffsetCommits.CheckMissingGroup(request, caller.ApiVersion);
        var response = error == ErrorCode.None
            ? OffsetCommits.Commit(group ?? Create(request.GroupId, turn), request, turn)
            : OffsetCommits.Refusal(request, error);
        turn.Decision.Reply(caller.Token, response);
    }

    private void Commit(CommitInTransaction commit, Caller caller, Turn turn)
    {
        string groupId = commit.Request.GroupId;
        bool exists = _living.TryGetValue(groupId, out var group);
        var error = exists ? TransactionalCommits.Check(group!, commit.Request)
            : Durable.IsOfOtherProtocol(groupId) ? ErrorCode.UnknownMemberId
            : TransactionalCommits.CheckMissingGroup(commit.Request);
        var response = error == ErrorCode.None
            ? TransactionalCommits.Commit(group ?? Create(groupId, turn), commit, turn)
            : TransactionalCommits.Refusal(commit.Request, error);
        turn.Decision.Reply(caller.Token, response);
    }

    private static void End(EndTransactionOfOffsets request, Caller caller, Turn turn)
    {
        turn.Decision.Append(CoordinatorRecord.Marker(request.Producer, request.End));
        turn.Decision.Reply(caller.Token, new TransactionEnded(ErrorCode.None));
    }

    private void Fetch(FetchOffsets request, Caller caller, Turn turn) =>
        turn.Decision.Reply(caller.Token, OffsetFetches.Fetch(Durable, request));

    private void DeleteOffsets(OffsetDeleteRequest request, Caller caller, Turn turn)
    {
        _living.TryGetValue(request.GroupId, out var group);
        turn.Decision.Reply(caller.Token, OffsetDeletion.Delete(group, Durable, request, turn));
    }

    private void Describe(string groupId, Caller caller, Turn turn) =>
        turn.Decision.Reply(caller.Token, GroupDescriptions.Describe(groupId, _living.GetValueOrDefault(groupId), caller.ApiVersion));

    private void List(GroupFilter request, Caller caller, Turn turn) =>
        turn.Decision.Reply(caller.Token, new GroupList([.. GroupDescriptions.List(_living.Values, request), .. GroupDescriptions.List(Durable.Others, request)]));

    private void Delete(string groupId, Caller caller, Turn turn)
    {
        var error = !_living.TryGetValue(groupId, out var group) ? ErrorCode.GroupIdNotFound
            : group.Phase != GroupPhase.Empty ? ErrorCode.NonEmptyGroup
            : ErrorCode.None;
        if (error == ErrorCode.None)
        {
            foreach (string memberId in group!.IdsHandedOut.Keys.ToList()) Membership.TakeBackId(group, memberId, turn);
            foreach (var partition in Durable.PartitionsOf(groupId)) turn.Decision.Append(GroupRecords.Gone(groupId, partition));
            turn.Decision.Append(GroupRecords.Gone(groupId));
            _living.Remove(groupId);
        }
        turn.Decision.Reply(caller.Token, new DeleteGroupsResponse.DeletableGroupResult { GroupId = groupId, ErrorCode = error });
    }

    private Decision<CoordinatorRecord> DropOffsets(Func<string, bool> isGone)
    {
        var decision = new Decision<CoordinatorRecord> { IsDivisible = true };
        foreach (var (group, partition) in Durable.OffsetsWhere(isGone)) decision.Append(GroupRecords.Gone(group, partition));
        return decision;
    }
}
