using Moldau.Coordination.Groups.Classic;
using Moldau.Coordination.Groups.Consumer;
using Moldau.Coordination.Groups.Streams;
using Moldau.Protocol;
using Moldau.Protocol.Messages;

namespace Moldau.Coordination.Groups;

/// <summary>Requests of members that speak the classic protocol, in a group of their own or in one of consumers.</summary>
internal sealed class ClassicProtocol(DurableGroups durable, ClassicGroups classic, ConsumerGroups consumers, StreamsGroups streamsGroups)
{
    private readonly ClassicRequests _requests = new(consumers, classic);

    public void Join(JoinGroupRequest request, Caller caller, Turn turn)
    {
        var error = Joins.CheckRequest(request, turn.Settings);
        if (error != ErrorCode.None) Joins.Refuse(error, request.MemberId, caller, turn);
        else if (durable.Share(request.GroupId) is not null || durable.Streams(request.GroupId) is { Members.Count: > 0 })
            Joins.Refuse(ErrorCode.InconsistentGroupProtocol, memberId: "", caller, turn);
        else if (durable.Consumer(request.GroupId) is { Members.Count: > 0 } group) _requests.Join(group, request, caller, turn);
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
            ? _requests.Leave(group, request, caller.ApiVersion, turn)
            : Leaves.Leave(classic.Find(request.GroupId), request, caller.ApiVersion, turn));

    /// <summary>A group of consumers or streams that is empty becomes a classic one with the first member that is new. Its offsets stay.</summary>
    private void JoinClassic(JoinGroupRequest request, Caller caller, Turn turn)
    {
        bool isNew = request.MemberId.Length == 0;
        if (isNew && durable.Consumer(request.GroupId) is { } consumer)
        {
            long? sinceMs = consumers.EmptySinceMs(consumer);
            consumers.Delete(consumer, turn);
            classic.TakeOverEmpty(consumer.Id, sinceMs ?? turn.UtcMs, turn);
        }
        else if (isNew && durable.Streams(request.GroupId) is { } streams)
        {
            long? sinceMs = streamsGroups.EmptySinceMs(streams);
            streamsGroups.Delete(streams, turn);
            classic.TakeOverEmpty(streams.Id, sinceMs ?? turn.UtcMs, turn);
        }
        classic.Join(request, caller, turn);
    }
}
