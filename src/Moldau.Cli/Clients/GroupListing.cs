using Confluent.Kafka;
using Listed = Moldau.Protocol.Messages.ListGroupsResponse.ListedGroup;

namespace Moldau.Cli.Clients;

/// <summary>What the brokers said of their groups, and which of them said nothing.</summary>
/// <param name="Groups">By their names.</param>
/// <param name="Silent">Their groups are missing here.</param>
internal sealed record GroupListing(IReadOnlyDictionary<string, Listed> Groups, IReadOnlyList<SilentBroker> Silent)
{
    /// <summary>By the names of the groups: a group is listed by its coordinator.</summary>
    public IReadOnlyDictionary<string, BrokerMetadata> Coordinators { get; init; } = new Dictionary<string, BrokerMetadata>();

    public bool IsWhole => Silent.Count == 0;

    /// <summary>Who did not say which groups there are, a line each.</summary>
    public IReadOnlyList<string> Gaps => [.. Silent.Select(broker => $"The broker {broker.Address} did not say which groups it has: {broker.Reason}.")];
}

/// <summary>A broker that did not answer, and why.</summary>
internal readonly record struct SilentBroker(string Address, string Reason);
