using Confluent.Kafka;
using Moldau.Protocol.Messages;
using Listed = Moldau.Protocol.Messages.ListGroupsResponse.ListedGroup;

namespace Moldau.Cli.Clients;

/// <summary>The types and states of groups by the names that the brokers have for them: the client library does not know them all.</summary>
internal sealed class GroupListings(Cluster cluster, Connection connection, CancellationToken stop)
{
    /// <summary>The first version that tells the type.</summary>
    private const short Version = 5;

    /// <summary>All groups of the brokers that answer. A broker of before Kafka 3.8 knows no such request, and counts as silent.</summary>
    public async Task<GroupListing> AllAsync()
    {
        var groups = new Dictionary<string, Listed>(StringComparer.Ordinal);
        var silent = new List<SilentBroker>();
        // At once: those that hang do so for seconds.
        foreach (var said in await Task.WhenAll(cluster.Brokers.Select(AskAsync)).ConfigureAwait(false))
        {
            if (said.Silent is { } broker)
            {
                silent.Add(broker);
            }

            said.Groups.ForEach(group => groups[group.GroupId] = group);
        }

        return new GroupListing(groups, silent);
    }

    private async Task<(List<Listed> Groups, SilentBroker? Silent)> AskAsync(BrokerMetadata coordinator)
    {
        string address = $"{coordinator.Host}:{coordinator.Port}";
        try
        {
            using var broker = await BrokerCall.ConnectAsync(connection, coordinator.Host, coordinator.Port, stop).ConfigureAwait(false);
            var answer = await broker.AskAsync<ListGroupsRequest, ListGroupsResponse>(new ListGroupsRequest(), Version).ConfigureAwait(false);
            return answer.ErrorCode == Protocol.ErrorCode.None
                ? (answer.Groups, null)
                : ([], new SilentBroker(address, $"it refuses to list its groups ({answer.ErrorCode})"));
        }
        catch (IOException e)
        {
            return ([], new SilentBroker(address, e.Message.TrimEnd('.')));
        }
    }
}
