using Moldau.Coordination.Groups.Classic;
using Moldau.Coordination.Groups.Consumer;
using Moldau.Coordination.Groups.Offsets;
using Moldau.Coordination.Groups.Share;
using Moldau.Coordination.Groups.Streams;
using Moldau.Coordination.Metadata;
using Moldau.Protocol;
using Moldau.Protocol.Messages;

namespace Moldau.Coordination.Groups;

/// <summary>The groups and offsets of one partition of <c>__consumer_offsets</c>.</summary>
internal sealed class GroupShard : IStateMachine<GroupInput, CoordinatorRecord>
{
    private static readonly TimerKey Retention = new(TimerKind.OffsetRetention, "", "");

    private readonly ClassicGroups _classic;
    private readonly ConsumerGroups _consumers;
    private readonly StreamsGroups _streams;
    private readonly ClassicProtocol _classicProtocol;
    private readonly GroupOffsets _offsets;
    private readonly ShareGroups _shares;
    private readonly OffsetsOfGoneTopics _offsetsOfGone;
    private GroupSettings _settings;
    private ClusterImage _image = ClusterImage.Empty;
    private TopicsHash _hash = new(ClusterImage.Empty);

    /// <summary>The group that the last input was about; null where that was none, or any number of them.</summary>
    private string? _lastGroupId;

    /// <inheritdoc cref="Turn.Removed"/>
    private Dictionary<string, int> _lastRemoved = [];

    public GroupShard(GroupSettings settings)
    {
        _settings = settings;
        _classic = new ClassicGroups(Durable);
        _consumers = new ConsumerGroups(Durable, _classic);
        _streams = new StreamsGroups(Durable, _classic);
        _classicProtocol = new ClassicProtocol(Durable, _classic, _consumers, _streams);
        _offsets = new GroupOffsets(Durable, _classic);
        _shares = new ShareGroups(Durable);
        _offsetsOfGone = new OffsetsOfGoneTopics(Durable);
    }

    public DurableGroups Durable { get; } = new();

    public Decision<CoordinatorRecord> Decide(GroupInput input, Instant now)
    {
        var turn = NewTurn(now, input switch
        {
            GroupCall call => GroupOf(call.Request),
            ShareStatesSettled share => share.Effect.GroupId,
            _ => null,
        });
        switch (input)
        {
            case TopicsGone topics: _offsetsOfGone.Drop(topics, turn = NewDivisibleTurn(now)); break;
            case MetadataChanged metadata:
                (_image, _settings, _hash) = (metadata.Image, metadata.Settings, new TopicsHash(metadata.Image));
                _shares.MetadataChanged(turn = NewDivisibleTurn(now));
                _offsetsOfGone.DropAgain(turn);
                break;
            case ShareStatesSettled settled: _shares.Settle(settled, turn); break;
            case GroupCall shareCall when ShareGroups.GroupOf(shareCall.Request) is not null: _shares.Ask(shareCall, IsFree, turn); break;
            case InternalTopicsRefused refused: _streams.TopicsRefused(refused); break;
            case GroupCall call: Answer(call.Request, call.Caller, turn); break;
            default: throw new ArgumentException($"A shard of groups has no answer to {input}.", nameof(input));
        }
        return turn.Decision;
    }

    public Decision<CoordinatorRecord> TimerFired(TimerKey key, Instant now)
    {
        if (key.Kind == TimerKind.OffsetRetention) return ExpireOffsets(now);
        var turn = NewTurn(now, key.Subject);
        if (Durable.Consumer(key.Subject) is { } group) _consumers.TimerFired(group, key, turn);
        else if (Durable.Share(key.Subject) is { } shared) _shares.TimerFired(shared, key, turn);
        else if (Durable.Streams(key.Subject) is { } streams) _streams.TimerFired(streams, key, turn);
        else _classic.TimerFired(key, turn);
        return turn.Decision;
    }

    public void Apply(CoordinatorRecord record) => Durable.Apply(record);

    public Decision<CoordinatorRecord> Loaded(Instant now)
    {
        var turn = NewTurn(now);
        foreach (string groupId in Durable.GroupIds) Restore(groupId, turn);
        foreach (var group in Durable.Shares) _shares.Restore(group, turn);
        ArmRetention(turn);
        return turn.Decision;
    }

    /// <summary>A group whose records could not be stored goes back to what is stored of it, as it would after a restart.</summary>
    public Decision<CoordinatorRecord> AppendFailed(Decision<CoordinatorRecord> failed, Instant now)
    {
        var removed = _lastRemoved;
        var turn = NewTurn(now);
        var keys = failed.Records.Select(record => record.Key).ToList();
        var changed = keys.Select(key => key is GroupMetadataKey group ? group.Group
            : ConsumerGroupReplay.GroupOf(key) ?? ShareGroupReplay.GroupOf(key) ?? StreamsGroupReplay.GroupOf(key));
        var takenBack = changed.OfType<string>().ToHashSet();
        // A commit changes nothing of a group that was there before; one that it made is there no more.
        takenBack.UnionWith(keys.OfType<OffsetCommitKey>().Select(key => key.Group)
            .Where(id => !Durable.Knows(id) && _classic.Find(id) is { Phase: GroupPhase.Empty, IdsHandedOut.Count: 0 }));
        // The others go on as they are, and so do their timers.
        foreach (var change in failed.Timers.Where(change => change.Key != Retention && !takenBack.Contains(change.Key.Subject))) turn.Decision.Change(change);
        foreach (string groupId in takenBack) GoBack(groupId, removed, turn);
        foreach (var effect in failed.Effects.OfType<ShareStateEffect>()) ShareGroups.Refuse(effect, ErrorCode.CoordinatorNotAvailable, turn);
        if (failed.Timers.Any(change => change.Key == Retention)) ArmRetention(turn);
        return turn.Decision;
    }

    public Decision<CoordinatorRecord> DecideFailed(Instant now)
    {
        var (undone, removed) = (_lastGroupId, _lastRemoved);
        var turn = NewTurn(now);
        if (undone is { } groupId) GoBack(groupId, removed, turn);
        else ArmRetention(turn);
        return turn.Decision;
    }

    private void Answer(object request, Caller caller, Turn turn)
    {
        switch (request)
        {
            case JoinGroupRequest join: _classicProtocol.Join(join, caller, turn); break;
            case SyncGroupRequest sync: _classicProtocol.Sync(sync, caller, turn); break;
            case HeartbeatRequest heartbeat: _classicProtocol.Heartbeat(heartbeat, caller, turn); break;
            case LeaveGroupRequest leave: _classicProtocol.Leave(leave, caller, turn); break;
            case ConsumerGroupHeartbeatRequest heartbeat: _consumers.Heartbeat(heartbeat, caller, turn); break;
            case StreamsGroupHeartbeatRequest heartbeat: _streams.Heartbeat(heartbeat, caller, turn); break;
            case OffsetCommitRequest commit: _offsets.Commit(commit, caller, turn); break;
            case CommitInTransaction commit: _offsets.Commit(commit, caller, turn); break;
            case EndTransactionOfOffsets end: TransactionalCommits.End(end, caller, turn); break;
            case FetchOffsets fetch: _offsets.Fetch(fetch, caller, turn); break;
            case OffsetDeleteRequest deletion: _offsets.Delete(deletion, caller, turn); break;
            case DescribeGroup group: Describe(group.GroupId, caller, turn); break;
            case DescribeConsumerGroup group: DescribeConsumers(group.GroupId, caller, turn); break;
            case DescribeStreamsGroup group: turn.Decision.Reply(caller.Token, _streams.Describe(group.GroupId, turn)); break;
            case GroupFilter filter: List(filter, caller, turn); break;
            case DeleteGroup deletion: Delete(deletion, caller, turn); break;
            default: throw new ArgumentException($"A shard of groups has no answer to {request}.", nameof(request));
        }
    }

    private void GoBack(string groupId, Dictionary<string, int> removed, Turn turn)
    {
        int reached = _classic.Find(groupId)?.LastGeneration ?? removed.GetValueOrDefault(groupId);
        _classic.Remove(groupId, ErrorCode.CoordinatorNotAvailable, turn);
        _consumers.Forget(groupId, turn);
        _shares.Forget(groupId, turn);
        _streams.Forget(groupId, turn);
        if (Durable.Share(groupId) is { } shared) _shares.Restore(shared, turn);
        else if (Durable.Knows(groupId)) Restore(groupId, turn);
        // Who was told of a generation that is taken back must not be taken for a member of the next one.
        if (_classic.Find(groupId) is { } restored) restored.SpentGeneration = reached;
    }

    private static string? GroupOf(object request) => request switch
    {
        JoinGroupRequest join => join.GroupId,
        SyncGroupRequest sync => sync.GroupId,
        HeartbeatRequest heartbeat => heartbeat.GroupId,
        LeaveGroupRequest leave => leave.GroupId,
        ConsumerGroupHeartbeatRequest heartbeat => heartbeat.GroupId,
        StreamsGroupHeartbeatRequest heartbeat => heartbeat.GroupId,
        OffsetCommitRequest commit => commit.GroupId,
        CommitInTransaction commit => commit.Request.GroupId,
        OffsetDeleteRequest delete => delete.GroupId,
        DeleteGroup delete => delete.GroupId,
        _ => ShareGroups.GroupOf(request), // Of the others, those that are not about a share group only look.
    };

    private bool IsFree(string groupId) =>
        _classic.Find(groupId) is null && Durable.Consumer(groupId) is null && !Durable.IsForOthers(groupId);

    private Turn NewTurn(Instant now, string? groupId = null)
    {
        var turn = new Turn(new Decision<CoordinatorRecord>(), now, _settings, _image, _hash);
        (_lastGroupId, _lastRemoved) = (groupId, turn.Removed);
        return turn;
    }

    private Turn NewDivisibleTurn(Instant now)
    {
        var turn = NewTurn(now);
        turn.Decision.Divide();
        return turn;
    }

    private void Restore(string groupId, Turn turn)
    {
        if (Durable.Consumer(groupId) is { } group) _consumers.Restore(group, turn);
        else if (Durable.Streams(groupId) is { } streams) _streams.Restore(streams, turn);
        else _classic.Restore(groupId, turn);
    }

    private void Describe(string groupId, Caller caller, Turn turn) =>
        turn.Decision.Reply(caller.Token, GroupDescriptions.Describe(groupId, _classic.Find(groupId), caller.ApiVersion));

    private void DescribeConsumers(string groupId, Caller caller, Turn turn) =>
        turn.Decision.Reply(caller.Token, Durable.Consumer(groupId) is { } group
            ? ConsumerGroupDescriptions.Describe(group, turn)
            : ConsumerGroupDescriptions.Missing(groupId));

    private void List(GroupFilter request, Caller caller, Turn turn)
    {
        var all = GroupDescriptions.List(_classic.All)
            .Concat(Durable.Consumers.Select(ConsumerGroupDescriptions.List))
            .Concat(Durable.Shares.Select(ShareGroupDescriptions.List))
            .Concat(Durable.AllStreams.Select(StreamsGroupDescriptions.List));
        turn.Decision.Reply(caller.Token, new GroupList([.. all.Where(request.Admits)]));
    }

    private void Delete(DeleteGroup request, Caller caller, Turn turn)
    {
        string groupId = request.GroupId;
        if (Durable.Share(groupId) is { } shared)
        {
            _shares.Delete(shared, request, caller, turn);
            return;
        }
        var (consumer, streams, group) = (Durable.Consumer(groupId), Durable.Streams(groupId), _classic.Find(groupId));
        var error = consumer is null && streams is null && group is null ? ErrorCode.GroupIdNotFound
            : consumer is { Members.Count: > 0 } || streams is { Members.Count: > 0 } || group is { Phase: not GroupPhase.Empty } ? ErrorCode.NonEmptyGroup
            : ErrorCode.None;
        if (error == ErrorCode.None)
        {
            foreach (var partition in Durable.PartitionsOf(groupId)) turn.Decision.Append(GroupRecords.Gone(groupId, partition));
            Remove(groupId, turn);
        }
        turn.Decision.Reply(caller.Token, new DeleteGroupsResponse.DeletableGroupResult { GroupId = groupId, ErrorCode = error });
    }

    private void Remove(string groupId, Turn turn)
    {
        if (Durable.Consumer(groupId) is { } consumer) _consumers.Delete(consumer, turn);
        else if (Durable.Streams(groupId) is { } streams) _streams.Delete(streams, turn);
        else turn.Decision.Append(GroupRecords.Gone(groupId));
        _classic.Remove(groupId, ErrorCode.UnknownMemberId, turn);
    }

    private void ArmRetention(Turn turn) => turn.Decision.Arm(Retention, turn.NowMs + _settings.OffsetRetentionCheckMs);

    private Decision<CoordinatorRecord> ExpireOffsets(Instant now)
    {
        var turn = NewDivisibleTurn(now);
        _offsetsOfGone.DropAgain(turn);
        foreach (var group in Durable.Consumers.Where(group => OffsetRetention.Expire(group, _consumers.EmptySinceMs(group), Durable, turn)).ToList()) Remove(group.Id, turn);
        foreach (var group in Durable.AllStreams.Where(group => OffsetRetention.Expire(group, _streams.EmptySinceMs(group), Durable, turn)).ToList()) Remove(group.Id, turn);
        foreach (var group in _classic.All.Where(group => OffsetRetention.Expire(group, Durable, turn)).ToList()) Remove(group.Id, turn);
        ArmRetention(turn);
        return turn.Decision;
    }
}
