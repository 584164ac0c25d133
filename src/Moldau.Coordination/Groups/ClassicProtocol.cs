using Moldau.Coordination.Groups.Classic;
using Moldau.Coordination.Groups.Consumer;
using Moldau.Coordination.Groups.Streams;
using Moldau.Protocol;
using Moldau.Protocol.Messages;

namespace Moldau.Coordination.Groups;

/// <summary>
/// Requests of the classic protocol. Each goes on to the group that it is about: a classic one, or a consumer group, which may have members that
/// speak it. An empty group of another protocol becomes a classic one here.
/// </summary>
internal sealed class ClassicProtocol(DurableGroups durable, ClassicGroups classic, ConsumerGroups consumers, StreamsGroups streamsGroups)
{
    private readonly ClassicJoinsAndLeaves _ofConsumerGroups = new(consumers, classic);

    public void Join(JoinGroupRequest request, Caller caller, Turn turn)
    {
        var error = Joins.CheckRequest(request, turn.Settings);
        if (error != ErrorCode.None) Joins.Refuse(error, request.MemberId, caller, turn);
        else if (durable.Share(request.GroupId) is not null || durable.Streams(request.GroupId) is { Members.Count: > 0 })
            Joins.Refuse(ErrorCode.InconsistentGroupProtocol, memberId: "", caller, turn);
        else if (durable.Consumer(request.GroupId) is { Members.Count: > 0 } group) _ofConsumerGroups.Join(group, request, caller, turn);
        else JoinClassic(request, caller, turn);
    }

    public void Sync(SyncGroupRequest request, Caller caller, Turn turn)
    {
        var error = !Syncs.NamesProtocol(request, caller.ApiVersion) ? ErrorCode.InconsistentGroupProtocol
            : request.GroupId.Length == 0 ? ErrorCode.InvalidGroupId
            : ErrorCode.None;
        if (error != ErrorCode.None) turn.Decision.Reply(caller.Token, Syncs.Refusal(error));
        else if (durable.Consumer(request.GroupId) is { } group)
            turn.Decision.Reply(caller.Token, ClassicMembers.Sync(consumers.Open(group, turn), request));
        else classic.Sync(request, caller, turn);
    }

    public void Heartbeat(HeartbeatRequest request, Caller caller, Turn turn)
    {
        var error = request.GroupId.Length == 0 ? ErrorCode.InvalidGroupId
            : durable.Consumer(request.GroupId) is { } group ? ClassicMembers.Heartbeat(consumers.Open(group, turn), request)
            : classic.Heartbeat(request, turn);
        turn.Decision.Reply(caller.Token, new HeartbeatResponse { ErrorCode = error });
    }

    public void Leave(LeaveGroupRequest request, Caller caller, Turn turn) =>
        turn.Decision.Reply(caller.Token, durable.Consumer(request.GroupId) is { } group && request.GroupId.Length > 0
            ? _ofConsumerGroups.Leave(group, request, caller.ApiVersion, turn)
            : Leaves.Leave(classic.Find(request.GroupId), request, caller.ApiVersion, turn));

    /// <summary>A group of consumers or streams that is empty becomes a classic one with the first member that is new. Its offsets stay.</summary>
    private void JoinClassic(JoinGroupRequest request, Caller caller, Turn turn)
    {
        bool isNew = request.MemberId.Length == 0;
        if (isNew && durable.Consumer(request.GroupId) is { } consumer)
        {
            long? sinceMs = consumers.EmptySinceMs(consumer);
            consumers.Delete(consumer, turn);
            BeginEmpty(consumer.Id, sinceMs, turn);
        }
        else if (isNew && durable.Streams(request.GroupId) is { } streams)
        {
            long? sinceMs = streamsGroups.EmptySinceMs(streams);
            streamsGroups.Delete(streams, turn);
            BeginEmpty(streams.Id, sinceMs, turn);
        }
        classic.Join(request, caller, turn);
    }

    /// <summary>It has had no members since then. Its offsets go on being kept from that time on, even if the join is refused.</summary>
    private void BeginEmpty(string groupId, long? sinceMs, Turn turn)
    {
        var group = classic.Create(groupId, turn);
        group.ProtocolType = Subscriptions.ConsumerType;
        group.Enter(GroupPhase.Empty, sinceMs ?? turn.UtcMs);
        turn.Decision.Append(GroupRecords.OfEmpty(group));
    }
}
