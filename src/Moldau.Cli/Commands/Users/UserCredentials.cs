using Confluent.Kafka.Admin;
using Moldau.Cli.Clients;
using Moldau.Protocol.Messages;
using Described = Moldau.Protocol.Messages.DescribeUserScramCredentialsResponse.DescribeUserScramCredentialsResult;

namespace Moldau.Cli.Commands.Users;

/// <summary>The users of a cluster and how they log in: SCRAM's credentials, read and changed.</summary>
internal sealed class UserCredentials(Connection connection, CancellationToken stop)
{
    public async Task AlterAsync(Change change, IEnumerable<UserScramCredentialAlteration> alterations)
    {
        using var cluster = await Cluster.ReachAsync(connection, stop);
        try
        {
            await cluster.ChangeAsync(change, async admin =>
            {
                // A request may change a user only once.
                foreach (var alteration in alterations)
                {
                    await admin.AlterUserScramCredentialsAsync([alteration]);
                }
            });
        }
        catch (AlterUserScramCredentialsException e)
        {
            throw cluster.Explain(change, e.Results.First(r => r.Error.IsError).Error);
        }
    }

    /// <summary>All users. Not by the client library, which waits for ever where there are none.</summary>
    public async Task<IReadOnlyList<Described>> DescribeAsync()
    {
        using var cluster = await Cluster.ReachAsync(connection, stop);
        var any = cluster.Brokers[0];
        try
        {
            using var broker = await BrokerCall.ConnectAsync(connection, any, stop);
            var everyone = new DescribeUserScramCredentialsRequest { Users = null };
            var answer = await broker.AskAsync<DescribeUserScramCredentialsRequest, DescribeUserScramCredentialsResponse>(everyone, version: 0);
            return answer.ErrorCode == Protocol.ErrorCode.None ? answer.Results : throw Refusal(answer.ErrorCode, answer.ErrorMessage);
        }
        catch (IOException e)
        {
            throw new CommandFailure($"The broker {BrokerAddresses.Of(any)} did not say which users there are: {e.Message.TrimEnd('.')}.", "");
        }
    }

    private CommandFailure Refusal(Protocol.ErrorCode code, string? reason) => Explanation.Of(Explanation.ErrorOf(code, reason), connection);
}
