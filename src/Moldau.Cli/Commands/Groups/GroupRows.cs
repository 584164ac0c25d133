using Moldau.Cli.Clients;
using Listed = Moldau.Protocol.Messages.ListGroupsResponse.ListedGroup;

namespace Moldau.Cli.Commands.Groups;

/// <summary>Which groups are listed.</summary>
internal static class GroupRows
{
    /// <summary>In the order of their names; only those of the given states and types, unless none are given.</summary>
    public static Listed[] Of(GroupListing listing, IReadOnlyCollection<string> states, IReadOnlyCollection<string> types) =>
    [
        .. listing.Groups.Values
            .Where(group => HasPositions(group) && Fits(states, group.GroupState) && Fits(types, group.GroupType))
            .OrderBy(group => group.GroupId, StringComparer.Ordinal),
    ];

    /// <summary>Groups of classic members that are no consumers, such as those of Kafka Connect, are left out. Where only offsets were committed there is no protocol.</summary>
    private static bool HasPositions(Listed group) => group.GroupType != GroupView.Classic || group.ProtocolType is "consumer" or "";

    private static bool Fits(IReadOnlyCollection<string> wanted, string name) => wanted.Count == 0 || wanted.Contains(name, StringComparer.OrdinalIgnoreCase);
}
