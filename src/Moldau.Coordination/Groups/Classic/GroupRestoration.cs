using Moldau.Protocol.Messages;

namespace Moldau.Coordination.Groups.Classic;

/// <summary>Makes a living group out of its last record.</summary>
internal static class GroupRestoration
{
    /// <summary>
    /// With members it is stable, each with a session that begins now; without, empty. A group of which there are only offsets has no
    /// record.
    /// </summary>
    public static ClassicGroup Restore(string groupId, GroupMetadataValue? stored, Turn turn)
    {
        var group = new ClassicGroup(groupId);
        if (stored is null) return group;
        group.Generation = stored.Generation;
        group.ProtocolType = stored.ProtocolType;
        group.Protocol = stored.Protocol;
        group.Enter(stored.Members.Count == 0 ? GroupPhase.Empty : GroupPhase.Stable, stored.CurrentStateTimestamp);
        foreach (var saved in stored.Members)
        {
            var member = MemberFrom(saved, stored.Protocol);
            group.Add(member);
            Sessions.Extend(group, member, turn);
        }
        group.SubscribedTopics = Subscriptions.Of(group);
        // Of a leader that is none of them, which a damaged record may name, the first member takes the place.
        if (stored.Leader is { } leader && group.Member(leader) is not null) group.LeaderId = leader;
        return group;
    }

    private static GroupMember MemberFrom(GroupMetadataValue.MemberMetadata saved, string? protocol) => new()
    {
        Id = saved.MemberId,
        InstanceId = saved.GroupInstanceId,
        ClientId = saved.ClientId,
        ClientHost = saved.ClientHost,
        SessionTimeoutMs = saved.SessionTimeout,
        // The oldest records have no rebalance timeout.
        RebalanceTimeoutMs = saved.RebalanceTimeout < 0 ? saved.SessionTimeout : saved.RebalanceTimeout,
        Protocols = [new JoinGroupRequest.JoinGroupRequestProtocol { Name = protocol ?? "", Metadata = saved.Subscription }],
        Assignment = saved.Assignment,
    };
}
