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

    public static List<ListGroupsResponse.ListedGroup> List(IEnumerable<ClassicGroup> groups, GroupFilter filter)
    {
        if (!Matches(filter.Types, ClassicType)) return [];
        return
        [
            .. groups.Where(group => Matches(filter.States, group.Phase.ToString())).Select(group => new ListGroupsResponse.ListedGroup
            {
                GroupId = group.Id,
                ProtocolType = group.ProtocolType,
                GroupState = group.Phase.ToString(),
                GroupType = ClassicType,
            }),
        ];
    }

    /// <summary>Groups of other protocols are named, so that nobody takes them for lost. No member of theirs is here, so they are empty.</summary>
    public static IEnumerable<ListGroupsResponse.ListedGroup> List(IReadOnlyDictionary<string, OtherProtocol> groups, GroupFilter filter)
    {
        string state = GroupPhase.Empty.ToString();
        if (!Matches(filter.States, state)) return [];
        return from entry in groups
               let type = entry.Value.ToString().ToLowerInvariant()
               where Matches(filter.Types, type)
               select new ListGroupsResponse.ListedGroup { GroupId = entry.Key, ProtocolType = type, GroupState = state, GroupType = type };
    }

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

    /// <summary>No names mean all; case does not matter.</summary>
    private static bool Matches(IReadOnlyCollection<string> names, string name) =>
        names.Count == 0 || names.Contains(name, StringComparer.OrdinalIgnoreCase);
}
