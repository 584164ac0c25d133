using Moldau.Protocol;
using Moldau.Protocol.Messages;

namespace Moldau.Coordination.Groups.Classic;

/// <summary>Heartbeat: keeps the session alive, and tells the member when it has to join again.</summary>
internal static class Heartbeats
{
    public static ErrorCode Judge(ClassicGroup group, HeartbeatRequest request, Turn turn)
    {
        var error = group.Identify(request.MemberId, request.GroupInstanceId);
        if (error != ErrorCode.None) return error;
        if (request.GenerationId != group.Generation) return ErrorCode.IllegalGeneration;
        Sessions.Extend(group, group.Member(request.MemberId)!, turn);
        return group.Phase == GroupPhase.PreparingRebalance ? ErrorCode.RebalanceInProgress : ErrorCode.None;
    }
}
