using Moldau.Protocol;
using Moldau.Protocol.Messages;

namespace Moldau.Coordination.Groups.Classic;

/// <summary>The answers to JoinGroup. Fields that an answer does not know are empty up to version 6 and null from 7 on.</summary>
internal static class JoinReplies
{
    private const short NullableNamesSince = 7;

    public static JoinGroupResponse Refusal(ErrorCode error, string memberId, short version) => new()
    {
        ErrorCode = error,
        MemberId = memberId,
        ProtocolName = Name(null, version),
    };

    /// <summary>The generation as the member is to see it: the leader alone gets the members.</summary>
    public static JoinGroupResponse Admission(ClassicGroup group, GroupMember member, short version) => new()
    {
        MemberId = member.Id,
        GenerationId = group.Generation,
        ProtocolType = group.ProtocolType,
        ProtocolName = Name(group.Protocol, version),
        Leader = group.LeaderId ?? "",
        Members = group.IsLeader(member.Id) ? MembersOf(group) : [],
    };

    public static List<JoinGroupResponse.JoinGroupResponseMember> MembersOf(ClassicGroup group) =>
    [
        .. group.Members.Select(member => new JoinGroupResponse.JoinGroupResponseMember
        {
            MemberId = member.Id,
            GroupInstanceId = member.InstanceId,
            Metadata = member.MetadataFor(group.Protocol),
        }),
    ];

    /// <summary>Answers the member's parked join, if there is one.</summary>
    public static void Release(GroupMember member, Func<ParkedRequest, JoinGroupResponse> answer, Turn turn)
    {
        if (member.ParkedJoin is not { } parked) return;
        member.ParkedJoin = null;
        turn.Decision.Reply(parked.Token, answer(parked));
    }

    public static void Refuse(GroupMember member, ErrorCode error, string memberId, Turn turn) =>
        Release(member, parked => Refusal(error, memberId, parked.Version), turn);

    /// <summary>A protocol may have the empty name, which then shows as none.</summary>
    private static string? Name(string? protocol, short version)
    {
        if (version < NullableNamesSince) return protocol ?? "";
        return protocol is { Length: > 0 } ? protocol : null;
    }
}
