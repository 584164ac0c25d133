using Moldau.Protocol;
using Moldau.Protocol.Messages;

namespace Moldau.Coordination.Groups.Classic;

/// <summary>A static member that restarts takes over its own place under a new id, if possible without a rebalance (KIP-345).</summary>
internal static class StaticMembers
{
    /// <summary>From this version on the leader can be told that nothing needs assigning (KIP-814).</summary>
    private const short SkipAssignmentSince = 9;

    public static void Replace(ClassicGroup group, GroupMember member, string newId, JoinGroupRequest request, Caller caller, Turn turn)
    {
        string? formerLeader = group.LeaderId;
        FenceFormer(group, member, turn);
        group.Rename(member, newId);
        // The session that begins now still has the former timeout, as in Kafka; the first heartbeat brings the new one.
        Sessions.Extend(group, member, turn);

        if (group.Phase == GroupPhase.Stable && KeepsTheChoice(group, member, request, caller))
        {
            turn.Decision.Append(GroupRecords.Of(group, static each => each.Assignment));
            turn.Decision.Reply(caller.Token, Resumption(group, member, formerLeader, caller.ApiVersion));
            return;
        }
        Joins.Park(member, request, caller, turn);
        Rebalance.MembersChanged(group, turn);
    }

    /// <summary>Whoever waits under the former id is another process by now.</summary>
    private static void FenceFormer(ClassicGroup group, GroupMember member, Turn turn)
    {
        JoinReplies.Refuse(member, ErrorCode.FencedInstanceId, member.Id, turn);
        Syncs.Refuse(member, ErrorCode.FencedInstanceId, turn);
        Sessions.Stop(group, member, turn);
    }

    /// <summary>Takes over what the join says; whether the members would still choose the same protocol.</summary>
    private static bool KeepsTheChoice(ClassicGroup group, GroupMember member, JoinGroupRequest request, Caller caller)
    {
        Joins.Update(member, request, caller);
        return ProtocolVote.Choose(group.Members) == group.Protocol;
    }

    /// <summary>
    /// The standing generation. Older versions cannot say that the leader need not assign: they are shown the former leader's id, so that
    /// the new process takes itself for a follower.
    /// </summary>
    private static JoinGroupResponse Resumption(ClassicGroup group, GroupMember member, string? formerLeader, short version)
    {
        bool canSkip = version >= SkipAssignmentSince;
        bool skips = canSkip && group.IsLeader(member.Id);
        var answer = JoinReplies.Admission(group, member, version);
        answer.Leader = (canSkip ? group.LeaderId : formerLeader) ?? "";
        answer.SkipAssignment = skips;
        answer.Members = skips ? JoinReplies.MembersOf(group) : [];
        return answer;
    }
}
