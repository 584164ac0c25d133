using Moldau.Cli.Clients;
using Moldau.Protocol.Messages;

namespace Moldau.Cli.Commands.Transactions;

/// <summary>A transactional id that was named on the command line, and commands about one that are advised.</summary>
internal static class TransactionIds
{
    /// <exception cref="CommandFailure">There is no such id.</exception>
    public static async Task<TransactionView> DescribeAsync(TransactionCoordinators coordinators, string id, Connection connection)
    {
        if (await coordinators.FindAsync(id) is { } found)
        {
            return found;
        }

        var listing = await coordinators.ListAsync(new ListTransactionsRequest());
        string meant = NearestName.Of(id, listing.Transactions.Select(view => view.Id)) is { } near ? $"Is {near} meant? " : "";
        throw new CommandFailure(
            $"There is no transactional id {id} on {connection.Brokers}: no producer has it, or it was not used for long (transactional.id.expiration.ms).",
            meant + "`moldau transaction list` shows those that are.");
    }

    /// <summary>The command, as it can be pasted into a shell.</summary>
    public static string Abort(string id) => AdvisedCommand.Of("transaction abort", id);

    public static string Describe(string id) => AdvisedCommand.Of("transaction describe", id);
}
