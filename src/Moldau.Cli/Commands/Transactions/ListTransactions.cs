using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Moldau.Cli.Clients;
using Moldau.Cli.Terminal;
using Moldau.Protocol.Messages;

namespace Moldau.Cli.Commands.Transactions;

/// <summary>moldau transaction list.</summary>
internal sealed class ListTransactions(Surroundings around)
{
    /// <summary>By the brokers' names for them.</summary>
    private static readonly string[] States =
    [
        TransactionView.Empty, TransactionView.Ongoing, TransactionView.PrepareCommit, TransactionView.PrepareAbort, TransactionView.CompleteCommit,
        TransactionView.CompleteAbort, TransactionView.Dead, TransactionView.PrepareEpochFence,
    ];

    private readonly Option<string[]> _state = ChoiceOption.Create("--state", "STATE", States, "Only ids in this state; may be repeated.");
    private readonly Option<string?> _longer = DurationOption.Create("--longer-than", "Only ids whose transaction is open for longer than this, as PT30S or PT15M.");
    private readonly Option<string?> _pattern = TextOption.Create("--pattern", "PATTERN", "Only ids that match this regular expression, in the syntax of RE2, as a whole.");
    private readonly Option<string> _output = OutputOption.Create("with json one line per transactional id");
    private readonly ClientOptions _client = new();

    public static Command Create(Surroundings around)
    {
        var list = new ListTransactions(around);
        var command = new Command("list", "List the transactional ids: one a line when piped.");
        command.Options.Add(list._state);
        command.Options.Add(list._longer);
        command.Options.Add(list._pattern);
        command.Options.Add(list._output);
        list._client.AddTo(command);
        command.SetAction((parsed, _) => list.RunAsync(parsed));
        return command;
    }

    private async Task<int> RunAsync(ParseResult parsed)
    {
        var connection = await _client.ReadAsync(parsed, around);
        var longer = DurationOption.Read(parsed, _longer);
        var wanted = new ListTransactionsRequest
        {
            StateFilters = [.. States.Where(state => (parsed.GetValue(_state) ?? []).Contains(state, StringComparer.OrdinalIgnoreCase))],
            DurationFilter = longer is { } span ? (long)span.TotalMilliseconds : -1,
            TransactionalIdPattern = parsed.GetValue(_pattern),
        };
        using var cluster = await Cluster.ReachAsync(connection, around.Stop);
        var listing = await new TransactionCoordinators(cluster, connection, around.Stop).ListAsync(wanted);
        // To brokers an id without a transaction has one for longer than anybody asks for.
        TransactionView[] views = [.. listing.Transactions.Where(view => longer is null || view.IsOpen).OrderBy(view => view.Id, StringComparer.Ordinal)];
        bool isFiltered = longer is not null || wanted.TransactionalIdPattern is not null || wanted.StateFilters.Count > 0;
        var now = DateTimeOffset.UtcNow;
        var ids = new Listing<TransactionView>(around.Screen, "transactional id", "state", "producer id", "open for") { Row = view => Row(view, now), Json = Write, IsOfNames = true };
        ids.Write(OutputOption.Read(parsed, _output), views, listing.IsWhole ? None(isFiltered) : null);
        return listing.IsWhole
            ? ExitCodes.Done
            : throw new CommandFailure(listing.Gaps, "The list may be incomplete. It is whole when all brokers of the cluster answer.");
    }

    private static string None(bool isFiltered) => isFiltered
        ? "There are no such transactional ids; `moldau transaction list` shows all."
        : "There are no transactional ids. One comes to be when a producer with a transactional.id calls initTransactions.";

    private static string[] Row(TransactionView view, DateTimeOffset now) =>
    [
        view.Id, view.State, view.ProducerId.ToString(CultureInfo.InvariantCulture),
        view.Began is { } began ? TimeText.Passed(now - began) : "-",
    ];

    private static void Write(Utf8JsonWriter json, TransactionView view)
    {
        json.WriteString("transactionalId", view.Id);
        json.WriteString("state", view.State);
        json.WriteNumber("producerId", view.ProducerId);
        json.WriteTimeOrNull("began", view.Began);
        json.WriteString("coordinator", BrokerAddresses.Of(view.Coordinator));
    }
}
