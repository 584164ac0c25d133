using System.CommandLine;
using Moldau.Cli.Clients;
using Moldau.Cli.Terminal;
using Spectre.Console;

namespace Moldau.Cli.Commands.Transactions;

/// <summary>moldau transaction describe.</summary>
internal sealed class DescribeTransaction(Surroundings around)
{
    private readonly Screen _screen = around.Screen;
    private readonly Argument<string> _id = TransactionCommands.Id();
    private readonly Option<string> _output = OutputOption.Create("with json one line");
    private readonly ClientOptions _client = new();

    public static Command Create(Surroundings around)
    {
        var describe = new DescribeTransaction(around);
        var command = new Command("describe", "Show the state of a transactional id, and the partitions of its transaction if one is open.");
        command.Arguments.Add(describe._id);
        command.Options.Add(describe._output);
        describe._client.AddTo(command);
        command.SetAction((parsed, _) => describe.RunAsync(parsed));
        return command;
    }

    private async Task<int> RunAsync(ParseResult parsed)
    {
        var connection = await _client.ReadAsync(parsed, around);
        using var cluster = await Cluster.ReachAsync(connection, around.Stop);
        var view = await TransactionIds.DescribeAsync(new TransactionCoordinators(cluster, connection, around.Stop), parsed.GetRequiredValue(_id), connection);
        if (OutputOption.Read(parsed, _output) == OutputFormat.Json)
        {
            WriteJson(view);
        }
        else
        {
            WriteText(view, DateTimeOffset.UtcNow);
        }

        return ExitCodes.Done;
    }

    private void WriteText(TransactionView view, DateTimeOffset now)
    {
        PropertyLines.Write(_screen, [.. PropertiesOf(view, now).Where(property => property.Value.Length > 0)]);
        if (Outlook(view) is { } outlook)
        {
            _screen.Note(outlook.EscapeMarkup());
        }
    }

    private static (string Name, string Value)[] PropertiesOf(TransactionView view, DateTimeOffset now) =>
    [
        ("transactional id", view.Id),
        ("state", view.State),
        ("producer id", $"{view.ProducerId}"),
        ("producer epoch", $"{view.ProducerEpoch}"),
        ("timeout", $"{view.TimeoutMs} ms"),
        ("began", view.Began is { } began ? TimeText.Since(began, now) : ""),
        ("partitions", PartitionText.Of(view.Partitions)),
        ("coordinator", BrokerAddresses.Of(view.Coordinator)),
    ];

    /// <summary>How the transaction will end; null where none is open.</summary>
    private static string? Outlook(TransactionView view) => view switch
    {
        { IsUndecided: true, TimeoutMs: int.MaxValue } => $"It has no time-out: nobody but its producer ends it. `{TransactionIds.Abort(view.Id)}` does so now, and fences the producer.",
        { IsUndecided: true, Began: { } began } => $"If its producer does not end it, the coordinator aborts it at {TimeText.Of(began.AddMilliseconds(view.TimeoutMs))}. "
            + $"`{TransactionIds.Abort(view.Id)}` does so now, and fences the producer.",
        { State: TransactionView.PrepareCommit } => "It commits: that is decided, and is being written to the partitions named here.",
        { State: TransactionView.PrepareAbort } => "It aborts: that is decided, and is being written to the partitions named here.",
        _ => null,
    };

    private void WriteJson(TransactionView view) => _screen.Data(JsonLine.Of(json =>
    {
        json.WriteString("transactionalId", view.Id);
        json.WriteString("state", view.State);
        json.WriteNumber("producerId", view.ProducerId);
        json.WriteNumber("producerEpoch", view.ProducerEpoch);
        json.WriteNumber("timeoutMs", view.TimeoutMs);
        json.WriteTimeOrNull("began", view.Began);
        json.WritePartitions("partitions", view.Partitions);
        json.WriteString("coordinator", BrokerAddresses.Of(view.Coordinator));
    }));
}
