using Moldau.Coordination.Metadata;
using Moldau.Protocol.Messages;

namespace Moldau.Coordination.Groups;

/// <summary>Who asks, as far as a group has to know it.</summary>
/// <remarks>The fresh id is random and unused so far; it becomes part of a new member's id.</remarks>
internal sealed record Caller(ReplyToken Token, short ApiVersion)
{
    public string ClientId { get; init; } = "";

    public string ClientHost { get; init; } = "";

    public Guid FreshId { get; init; }
}

/// <summary>What a shard of groups can be told. Timers come apart, since all state machines have them.</summary>
internal abstract record GroupInput;

/// <summary>
/// A request to one group, of the generated type or, where an API names many groups, the part of it that is about this group.
/// </summary>
internal sealed record GroupCall(Caller Caller, object Request) : GroupInput;

/// <summary>
/// Some topics are gone, and with them the offsets that were committed for them. Offsets know the id of their topic, or have an empty one.
/// </summary>
internal sealed record TopicsGone(Func<string, Guid, bool> IsGone) : GroupInput
{
    public static TopicsGone Of(TopicImage deleted) => new((name, id) => name == deleted.Name && (id == Guid.Empty || id == deleted.Id));

    /// <summary>Also those of which only the name is there again.</summary>
    public static TopicsGone AllBut(TopicsImage topics) =>
        new((name, id) => !topics.ByName.TryGetValue(name, out var found) || (id != Guid.Empty && id != found.Id));
}

/// <summary>The cluster's metadata, or settings, are these from now on: topics come, grow and go, and groups get settings of their own.</summary>
internal sealed record MetadataChanged(ClusterImage Image, GroupSettings Settings) : GroupInput;

/// <summary>A request to describe one classic group; answered by a <see cref="DescribeGroupsResponse.DescribedGroup"/>.</summary>
internal sealed record DescribeGroup(string GroupId);

/// <summary>A request to describe one consumer group; answered by a <see cref="ConsumerGroupDescribeResponse.DescribedGroup"/>.</summary>
internal sealed record DescribeConsumerGroup(string GroupId);

/// <summary>A request to describe one streams group; answered by a <see cref="StreamsGroupDescribeResponse.DescribedGroup"/>.</summary>
internal sealed record DescribeStreamsGroup(string GroupId);

/// <summary>
/// A request for the shard's groups, in these states and of these types (all, where none is named); answered by a <see
/// cref="GroupList"/>.
/// </summary>
internal sealed record GroupFilter(IReadOnlyCollection<string> States, IReadOnlyCollection<string> Types)
{
    /// <summary>Spaces around the name of a state do not matter, as in Kafka; those around that of a type do.</summary>
    public IReadOnlyCollection<string> States { get; } = [.. States.Select(state => state.Trim())];

    public bool Admits(ListGroupsResponse.ListedGroup group) => Matches(States, group.GroupState) && Matches(Types, group.GroupType);

    /// <summary>No names mean all; case does not matter.</summary>
    private static bool Matches(IReadOnlyCollection<string> names, string name) =>
        names.Count == 0 || names.Contains(name, StringComparer.OrdinalIgnoreCase);
}

internal sealed record GroupList(IReadOnlyList<ListGroupsResponse.ListedGroup> Groups);

/// <summary>
/// A request to delete one group; answered by a <see cref="DeleteGroupsResponse.DeletableGroupResult"/>.
/// </summary>
internal sealed record DeleteGroup(string GroupId);
