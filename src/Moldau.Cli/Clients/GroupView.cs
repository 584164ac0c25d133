using Confluent.Kafka;
using Confluent.Kafka.Admin;

namespace Moldau.Cli.Clients;

/// <summary>What a cluster says of one group.</summary>
internal record GroupView(string Name)
{
    public const string Classic = "classic";

    /// <summary>The type of those whose members are assigned to by the broker.</summary>
    public const string Consumer = "consumer";

    /// <summary>As the brokers list it: classic, consumer, share or streams.</summary>
    public string Type { get; init; } = Classic;

    public string State { get; init; } = "";

    public string Assignor { get; init; } = "";

    public string Coordinator { get; init; } = "";

    public IReadOnlyList<GroupMember> Members { get; init; } = [];

    /// <summary>The topics that the group reads, as far as that shows.</summary>
    public virtual IEnumerable<string> Topics => Members.SelectMany(member => member.Assigned).Select(partition => partition.Topic).Union(SubscribedTopics, StringComparer.Ordinal);

    /// <summary>Whether these are all that it reads: where nobody says what it is subscribed to, or to a pattern, there may be others.</summary>
    public virtual bool AreTopicsKnown => Members.Count > 0 && Members.All(member => member is { Topics.Count: > 0, Pattern: null });

    /// <summary>Those that members have named. Which are of the classic protocol keep that to themselves.</summary>
    public IEnumerable<string> SubscribedTopics => Members.SelectMany(member => member.Topics).Distinct(StringComparer.Ordinal);

    /// <summary>Topics that members have named, and that do not exist as far as this user sees.</summary>
    public IReadOnlyList<string> MissingTopics { get; init; } = [];

    /// <summary>Whom one stops for the group to have no members.</summary>
    public virtual string Workers => "consumers";

    /// <summary>Whether, where nothing is committed, it begins at the end unless it is told otherwise.</summary>
    public virtual bool BeginsAtEnd => true;

    /// <summary>In the order of their topics; empty until they are looked up.</summary>
    public IReadOnlyList<GroupPosition> Positions { get; init; } = [];

    /// <summary>Nobody has a partition then, as far as the cluster says.</summary>
    public bool IsRebalancing => State is "PreparingRebalance" or "CompletingRebalance";

    public static GroupView Of(ConsumerGroupDescription described)
    {
        bool isConsumer = described.GroupType == ConsumerGroupType.Consumer;
        GroupMember[] members = [.. described.Members.Select(member => Of(member, isConsumer))];
        return new GroupView(described.GroupId)
        {
            Type = isConsumer ? Consumer : Classic,
            State = StateOf(described, members),
            Assignor = described.PartitionAssignor ?? "",
            Coordinator = described.Coordinator is { } node ? BrokerAddresses.Of(node.Host, node.Port) : "",
            Members = members,
        };
    }

    private static GroupMember Of(MemberDescription member, bool isConsumer)
    {
        var assigned = member.Assignment?.TopicPartitions ?? [];
        return new GroupMember(member.ConsumerId, member.ClientId, member.Host)
        {
            InstanceId = string.IsNullOrEmpty(member.GroupInstanceId) ? null : member.GroupInstanceId,
            Assigned = assigned,
            Target = isConsumer ? member.TargetAssignment?.TopicPartitions ?? assigned : assigned,
        };
    }

    /// <summary>
    /// The client library has no names for the two states that only groups of the consumer protocol have: a guess, where the broker's own is not known.
    /// </summary>
    private static string StateOf(ConsumerGroupDescription described, GroupMember[] members) => described.State switch
    {
        ConsumerGroupState.Unknown when members.Any(m => m.ToGiveUp.Any() || m.Awaited.Any()) => "Reconciling",
        ConsumerGroupState.Unknown when members.Length > 0 => "Assigning",
        var state => state.ToString(),
    };
}
