using Confluent.Kafka;
using Confluent.Kafka.Admin;
using Moldau.Cli.Clients;
using Listed = Moldau.Protocol.Messages.ListGroupsResponse.ListedGroup;

namespace Moldau.Cli.Commands.Groups;

/// <summary>A group as it is listed.</summary>
internal readonly record struct GroupRow(string Name, string Type, string State);

/// <summary>Which groups there are: what the client library was told, and what the brokers said that it does not know or could not collect.</summary>
internal static class GroupRows
{
    /// <summary>In the order of their names; only those of the given states and types, unless none are given.</summary>
    public static GroupRow[] Of(
        IEnumerable<ConsumerGroupListing> library, GroupListing brokers, IReadOnlyCollection<ConsumerGroupState> states, IReadOnlyCollection<ConsumerGroupType> types)
    {
        var known = library.Select(group => RowOf(group, brokers.Groups.GetValueOrDefault(group.GroupId)));
        var others = brokers.Groups.Values
            .Where(group => states.Count + types.Count == 0 ? IsOfMembers(group) : Fits(group, states, types))
            .Select(group => new GroupRow(group.GroupId, group.GroupType, group.GroupState));
        return [.. known.UnionBy(others, row => row.Name).OrderBy(row => row.Name, StringComparer.Ordinal)];
    }

    /// <summary>Groups of classic members that are no consumers, such as those of Kafka Connect, are left out.</summary>
    private static bool IsOfMembers(Listed group) => IsOfConsumers(group) || group.GroupType is "share" or "streams";

    private static bool Fits(Listed group, IReadOnlyCollection<ConsumerGroupState> states, IReadOnlyCollection<ConsumerGroupType> types) =>
        IsOfConsumers(group)
        && (states.Count == 0 || states.Any(state => Names(state, group.GroupState)))
        && (types.Count == 0 || types.Any(type => Names(type, group.GroupType)));

    /// <summary>Where only offsets were committed there is no protocol.</summary>
    private static bool IsOfConsumers(Listed group) => group.GroupType is "classic" or "consumer" && group.ProtocolType is "consumer" or "";

    private static bool Names<T>(T value, string name) where T : struct, Enum => string.Equals(value.ToString(), name, StringComparison.OrdinalIgnoreCase);

    /// <summary>By the broker's own names where the library has none.</summary>
    private static GroupRow RowOf(ConsumerGroupListing group, Listed? named) => new(
        group.GroupId,
        group.Type == ConsumerGroupType.Unknown && named is not null ? named.GroupType : group.Type.ToString().ToLowerInvariant(),
        group.State == ConsumerGroupState.Unknown && named is not null ? named.GroupState : group.State.ToString());
}
