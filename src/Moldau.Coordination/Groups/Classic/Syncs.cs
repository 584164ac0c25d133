using Moldau.Protocol;
using Moldau.Protocol.Messages;

namespace Moldau.Coordination.Groups.Classic;

/// <summary>SyncGroup: the leader brings the assignment, the others wait for it.</summary>
internal static class Syncs
{
    private const short NamesProtocolSince = 5;

    /// <summary>The check that comes before all else: from version 5 on a sync names what it believes was chosen.</summary>
    public static bool NamesProtocol(SyncGroupRequest request, short version) =>
        version < NamesProtocolSince || (request.ProtocolType is not null && request.ProtocolName is not null);

    public static void Sync(ClassicGroup group, SyncGroupRequest request, Caller caller, Turn turn)
    {
        var error = Check(group, request);
        if (error != ErrorCode.None)
        {
            turn.Decision.Reply(caller.Token, Refusal(error));
            return;
        }
        var member = group.Member(request.MemberId)!;
        Rebalance.Synced(group, member, turn);
        if (group.Phase == GroupPhase.Stable)
        {
            turn.Decision.Reply(caller.Token, AssignmentOf(group, member));
            Sessions.Extend(group, member, turn);
            return;
        }
        Refuse(member, ErrorCode.RebalanceInProgress, turn); // A sync that still waits was given up by its client.
        member.ParkedSync = new ParkedRequest(caller.Token, caller.ApiVersion);
        if (group.IsLeader(member.Id)) Assign(group, request.Assignments, turn);
    }

    public static SyncGroupResponse Refusal(ErrorCode error) => new() { ErrorCode = error };

    /// <summary>Answers the member's parked sync, if there is one.</summary>
    public static void Refuse(GroupMember member, ErrorCode error, Turn turn) => Release(member, Refusal(error), turn);

    /// <summary>The generation ends before it has an assignment.</summary>
    public static void Abandon(ClassicGroup group, Turn turn)
    {
        foreach (var member in group.Members)
        {
            member.Assignment = [];
            if (member.ParkedSync is null) continue;
            Refuse(member, ErrorCode.RebalanceInProgress, turn);
            Sessions.Extend(group, member, turn);
        }
    }

    private static ErrorCode Check(ClassicGroup group, SyncGroupRequest request)
    {
        var error = group.Identify(request.MemberId, request.GroupInstanceId);
        if (error != ErrorCode.None) return error;
        if (request.GenerationId != group.Generation) return ErrorCode.IllegalGeneration;
        if (request.ProtocolType is { } type && type != group.ProtocolType) return ErrorCode.InconsistentGroupProtocol;
        if (request.ProtocolName is { } name && name != group.Protocol) return ErrorCode.InconsistentGroupProtocol;
        return group.Phase == GroupPhase.PreparingRebalance ? ErrorCode.RebalanceInProgress : ErrorCode.None;
    }

    /// <summary>
    /// Strangers in the assignment are ignored, members that it leaves out get an empty one, and of two for one member the last counts.
    /// </summary>
    private static void Assign(ClassicGroup group, List<SyncGroupRequest.SyncGroupRequestAssignment> assignments, Turn turn)
    {
        foreach (var member in group.Members) member.Assignment = [];
        foreach (var assignment in assignments)
        {
            if (group.Member(assignment.MemberId) is { } member) member.Assignment = assignment.Assignment;
        }
        turn.Decision.Append(GroupRecords.Of(group, static member => member.Assignment));
        group.Enter(GroupPhase.Stable, turn.UtcMs);
        foreach (var member in group.Members)
        {
            if (member.ParkedSync is null) continue;
            Release(member, AssignmentOf(group, member), turn);
            Sessions.Extend(group, member, turn);
        }
    }

    private static SyncGroupResponse AssignmentOf(ClassicGroup group, GroupMember member) => new()
    {
        ProtocolType = group.ProtocolType,
        ProtocolName = group.Protocol,
        Assignment = member.Assignment,
    };

    private static void Release(GroupMember member, SyncGroupResponse answer, Turn turn)
    {
        if (member.ParkedSync is not { } parked) return;
        member.ParkedSync = null;
        turn.Decision.Reply(parked.Token, answer);
    }
}
