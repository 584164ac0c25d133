using Moldau.Protocol;
using Moldau.Protocol.Messages;
using Listed = Moldau.Protocol.Messages.ListGroupsResponse.ListedGroup;

namespace Moldau.Cli.Clients;

/// <summary>The types and states of groups by the names that the brokers have for them: the client library does not know them all.</summary>
internal sealed class GroupListings(Cluster cluster, Connection connection, CancellationToken stop)
{
    /// <summary>The first version that tells the type.</summary>
    private const short Version = 5;

    /// <summary>All groups by their names. None where a broker does not answer, or knows no such request: the library's names must do then.</summary>
    public async Task<IReadOnlyDictionary<string, Listed>> AllAsync()
    {
        var groups = new Dictionary<string, Listed>(StringComparer.Ordinal);
        try
        {
            foreach (var coordinator in cluster.Brokers)
            {
                using var broker = await BrokerCall.ConnectAsync(connection, coordinator.Host, coordinator.Port, stop).ConfigureAwait(false);
                var answer = await broker.AskAsync<ListGroupsRequest, ListGroupsResponse>(new ListGroupsRequest(), Version).ConfigureAwait(false);
                if (answer.ErrorCode != ErrorCode.None)
                {
                    return new Dictionary<string, Listed>();
                }

                answer.Groups.ForEach(group => groups[group.GroupId] = group);
            }

            return groups;
        }
        catch (IOException)
        {
            return new Dictionary<string, Listed>();
        }
    }
}
