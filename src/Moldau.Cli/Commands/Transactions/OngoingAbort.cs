using Moldau.Cli.Clients;
using Moldau.Cli.Terminal;
using Spectre.Console;
using ErrorCode = Moldau.Protocol.ErrorCode;

namespace Moldau.Cli.Commands.Transactions;

/// <summary>Aborts the open transaction of a transactional id as a new producer of that id would: its coordinator fences the present one.</summary>
internal sealed class OngoingAbort(Surroundings around, Cluster cluster, Connection connection)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30), Pause = TimeSpan.FromMilliseconds(20);

    private readonly TransactionCoordinators _coordinators = new(cluster, connection, around.Stop);

    public async Task RunAsync(string id, OutputFormat format)
    {
        var open = await TransactionIds.DescribeAsync(_coordinators, id, connection);
        if (!open.IsUndecided)
        {
            throw Refusal(open);
        }

        var change = new Change($"abort the transaction of {id}", TransactionIds.Describe(id));
        await cluster.ChangeAsync(change, _ => AbortAsync(change, open));
        Tell(open, format);
    }

    private static CommandFailure Refusal(TransactionView view) => view.State switch
    {
        TransactionView.PrepareCommit => new CommandFailure(
            $"The transaction of {view.Id} cannot be aborted any more: it commits, and that is being written to its partitions.", ""),
        TransactionView.PrepareAbort => new CommandFailure(
            $"The transaction of {view.Id} is aborted already, and that is being written to its partitions.", $"`{TransactionIds.Describe(view.Id)}` shows where it is not written yet."),
        _ => new CommandFailure(
            $"The transactional id {view.Id} has no open transaction ({view.State}), so there is nothing to abort.",
            "Where readers wait all the same, `moldau transaction find-hanging` shows what nobody will end."),
    };

    private async Task AbortAsync(Change change, TransactionView open)
    {
        try
        {
            await FenceAsync(open);
            await EndedAsync(open);
        }
        catch (IOException e)
        {
            throw change.Unanswered($"The coordinator {BrokerAddresses.Of(open.Coordinator)}", e.Message);
        }
    }

    private async Task FenceAsync(TransactionView open)
    {
        var error = await _coordinators.FenceAsync(open);
        if (error != ErrorCode.ConcurrentTransactions)
        {
            throw Refused(open, error);
        }
    }

    /// <summary>Completes when it is aborted in all its partitions; fails where it ends in another way.</summary>
    private async Task EndedAsync(TransactionView open)
    {
        long begunMs = Environment.TickCount64;
        var seen = TransactionEnd.Undecided;
        while (true)
        {
            var view = await _coordinators.AgainAsync(open);
            var end = TransactionEnd.Of(open, view);
            seen = end.IsDecided ? end : seen;
            if (!end.IsUnderWay)
            {
                if (seen.IsAbort)
                {
                    return;
                }

                throw seen.Failure(open);
            }

            if (Environment.TickCount64 - begunMs > Patience.TotalMilliseconds)
            {
                throw seen.Unfinished(view);
            }

            await Task.Delay(Pause, around.Stop);
            if (!end.IsDecided)
            {
                await FenceAsync(open); // Something else of it was under way.
            }
        }
    }

    private static CommandFailure Refused(TransactionView open, ErrorCode error) => error switch
    {
        ErrorCode.None => new CommandFailure(
            $"The transaction of {open.Id} had ended before it could be aborted.", "Its producer is fenced all the same: it must be closed and made anew."),
        ErrorCode.TransactionalIdAuthorizationFailed or ErrorCode.ClusterAuthorizationFailed => new CommandFailure(
            $"This user may not abort the transaction of {open.Id}.", "Ask whoever runs the broker for the right to write with this transactional id."),
        _ => new CommandFailure($"The coordinator did not abort the transaction of {open.Id} ({error}).", "Its own log may say why."),
    };

    private void Tell(TransactionView open, OutputFormat format)
    {
        if (format == OutputFormat.Json)
        {
            around.Screen.Data(JsonLine.Of(json =>
            {
                json.WriteString("transactionalId", open.Id);
                json.WriteNumber("producerId", open.ProducerId);
                json.WriteNumber("producerEpoch", open.ProducerEpoch);
                json.WritePartitions("partitions", open.Partitions);
                json.WriteBoolean("aborted", true);
            }));
        }

        string where = open.Partitions.Count > 0 ? $", in {PartitionText.Of(open.Partitions)}" : "";
        around.Screen.Note($"Aborted the transaction of [bold]{open.Id.EscapeMarkup()}[/] (producer {open.ProducerId}){where.EscapeMarkup()}.");
        around.Screen.Note("Its producer is fenced: what it still sends is refused, and it must be closed and made anew. Consumers at read_committed pass the records over and read on.");
    }
}
