using Confluent.Kafka;
using Moldau.Protocol.Messages;
using Listed = Moldau.Protocol.Messages.ListGroupsResponse.ListedGroup;

namespace Moldau.Cli.Clients;

/// <summary>
/// Asks each broker for its groups. The client library does not know all states and types, and where one of several brokers does not answer it may end the
/// process.
/// </summary>
internal sealed class GroupListings(Cluster cluster, Connection connection, CancellationToken stop)
{
    /// <summary>Since Kafka 3.8 the type is told, since 2.6 the state; before there were groups of the classic protocol only.</summary>
    private const short VersionMax = 5;

    /// <summary>All groups of the brokers that answer.</summary>
    public async Task<GroupListing> AllAsync()
    {
        var groups = new Dictionary<string, Listed>(StringComparer.Ordinal);
        var coordinators = new Dictionary<string, BrokerMetadata>(StringComparer.Ordinal);
        var silent = new List<SilentBroker>();
        // At once: those that hang do so for seconds.
        var answers = await Task.WhenAll(cluster.Brokers.Select(AskAsync)).ConfigureAwait(false);
        foreach (var (broker, said) in cluster.Brokers.Zip(answers))
        {
            if (said.Silent is { } quiet)
            {
                silent.Add(quiet);
            }

            foreach (var group in said.Groups)
            {
                groups[group.GroupId] = group;
                coordinators[group.GroupId] = broker;
            }
        }

        return new GroupListing(groups, silent) { Coordinators = coordinators };
    }

    private async Task<(List<Listed> Groups, SilentBroker? Silent)> AskAsync(BrokerMetadata coordinator)
    {
        string address = BrokerAddresses.Of(coordinator);
        try
        {
            using var broker = await BrokerCall.ConnectAsync(connection, coordinator, stop).ConfigureAwait(false);
            short version = await broker.NewestAsync<ListGroupsRequest>(VersionMax).ConfigureAwait(false);
            var answer = await broker.AskAsync<ListGroupsRequest, ListGroupsResponse>(new ListGroupsRequest(), version).ConfigureAwait(false);
            if (answer.ErrorCode != Protocol.ErrorCode.None)
            {
                return ([], new SilentBroker(address, $"it refuses to ({answer.ErrorCode})"));
            }

            answer.Groups.ForEach(group => group.GroupType = group.GroupType.Length > 0 ? group.GroupType : GroupView.Classic);
            return (answer.Groups, null);
        }
        catch (IOException e)
        {
            return ([], new SilentBroker(address, e.Message.TrimEnd('.')));
        }
    }
}
