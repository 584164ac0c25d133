using Confluent.Kafka;
using Confluent.Kafka.Admin;
using Moldau.Cli.Clients;

namespace Moldau.Cli.Commands.Users;

/// <summary>The users of a cluster and how they log in: SCRAM's credentials, read and changed.</summary>
internal sealed class UserCredentials(Connection connection, CancellationToken stop)
{
    public async Task AlterAsync(IEnumerable<UserScramCredentialAlteration> alterations)
    {
        using var cluster = await Cluster.ReachAsync(connection, stop);
        try
        {
            // A request may change a user only once.
            foreach (var alteration in alterations)
            {
                await cluster.Admin.AlterUserScramCredentialsAsync([alteration]);
            }
        }
        catch (AlterUserScramCredentialsException e)
        {
            throw Explanation.Of(e.Results.First(r => r.Error.IsError).Error, connection);
        }
        catch (KafkaException e)
        {
            throw Explanation.Of(e.Error, connection);
        }
    }

    public async Task<IReadOnlyList<UserScramCredentialsDescription>> DescribeAsync()
    {
        using var cluster = await Cluster.ReachAsync(connection, stop);
        try
        {
            return (await cluster.Admin.DescribeUserScramCredentialsAsync([])).UserScramCredentialsDescriptions;
        }
        catch (DescribeUserScramCredentialsException e)
        {
            throw Explanation.Of(e.Results.UserScramCredentialsDescriptions.First(r => r.Error.IsError).Error, connection);
        }
        catch (KafkaException e)
        {
            throw Explanation.Of(e.Error, connection);
        }
    }
}
