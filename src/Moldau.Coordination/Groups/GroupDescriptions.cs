using Moldau.Coordination.Groups.Classic;
using Moldau.Protocol;
using Moldau.Protocol.Messages;

namespace Moldau.Coordination.Groups;

/// <summary>What DescribeGroups and ListGroups show of groups.</summary>
internal static class GroupDescriptions
{
    private const string Dead = "Dead";
    private const string ClassicType = "classic";

    /// <summary>The first version that calls a missing group an error; before, it is dead.</summary>
    private const short MissingIsErrorSince = 6;

    public static DescribeGroupsResponse.DescribedGroup Describe(string groupId, ClassicGroup? group, short version)
    {
        if (group is not null) return Describe(group);
        var missing = new DescribeGroupsResponse.DescribedGroup { GroupId = groupId, GroupState = Dead };
        if (version < MissingIsErrorSince) return missing;
        missing.ErrorCode = ErrorCode.GroupIdNotFound;
        missing.ErrorMessage = $"There is no group '{groupId}' of the classic protocol.";
        return missing;
    }

    public static IEnumerable<ListGroupsResponse.ListedGroup> List(IEnumerable<ClassicGroup> groups) =>
        groups.Select(group => new ListGroupsResponse.ListedGroup
        {
            GroupId = group.Id,
            ProtocolType = group.ProtocolType,
            GroupState = group.Phase.ToString(),
            GroupType = ClassicType,
        });

    /// <summary>
    /// While a generation is made, neither its protocol nor what members say for it is settled; assignments are still those of the last
    /// one.
    /// </summary>
    private static DescribeGroupsResponse.DescribedGroup Describe(ClassicGroup group)
    {
        bool isSettled = group.Phase == GroupPhase.Stable;
        var described = new DescribeGroupsResponse.DescribedGroup
        {
            GroupId = group.Id,
            GroupState = group.Phase.ToString(),
            ProtocolType = group.ProtocolType,
            ProtocolData = isSettled ? group.Protocol ?? "" : "",
        };
        foreach (var member in group.Members)
        {
            described.Members.Add(new DescribeGroupsResponse.DescribedGroupMember
            {
                MemberId = member.Id,
                GroupInstanceId = member.InstanceId,
                ClientId = member.ClientId,
                ClientHost = member.ClientHost,
                MemberMetadata = isSettled ? member.MetadataFor(group.Protocol) : [],
                MemberAssignment = member.Assignment,
            });
        }
        return described;
    }
}
