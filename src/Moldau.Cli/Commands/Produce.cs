using System.CommandLine;
using Moldau.Cli.Clients;
using Moldau.Cli.Terminal;
using Spectre.Console;

namespace Moldau.Cli.Commands;

/// <summary>moldau produce: sends each line of standard input as one message.</summary>
internal sealed class Produce
{
    private readonly Argument<string?> _topic = TopicArgument.Create();
    private readonly ClientOptions _client = new();
    private readonly Option<string> _output = OutputOption.Create("with json one line per delivered message");

    public static Command Create(Surroundings around)
    {
        var produce = new Produce();
        var command = new Command(
            "produce", "Send each line that is entered or piped in as one message. The end of the input or Ctrl-C stops.");
        command.Arguments.Add(produce._topic);
        command.Options.Add(produce._output);
        produce._client.AddTo(command);
        command.SetAction((parsed, _) => produce.RunAsync(parsed, around));
        return command;
    }

    private async Task<int> RunAsync(ParseResult parsed, Surroundings around)
    {
        string topic = TopicArgument.Read(parsed, _topic);
        var connection = await _client.ReadAsync(parsed, around);
        var (screen, input, stop) = around;
        using (var cluster = await Cluster.ReachAsync(connection, stop))
        {
            if (cluster.Partitions(topic) == 0)
            {
                screen.Note($"[yellow]The topic {topic.EscapeMarkup()} does not exist yet; "
                    + "the broker makes it with the first message, if it is set to.[/]");
            }
        }

        // Ctrl-C ends the input, and so does an output that takes nothing more.
        using var end = CancellationTokenSource.CreateLinkedTokenSource(stop);
        var reports = new DeliveryReports(around, OutputOption.Read(parsed, _output), connection, end.Cancel);
        var trouble = new Trouble(text => screen.Note($"[yellow]{text.EscapeMarkup()}[/]"), TimeProvider.System);
        using var sender = new Sender(Sender.Config(connection), topic, reports.Tell, trouble);
        using var givenUp = around.Abandoned.Register(() => screen.Note($"[red]Gave up {Counted.Of(sender.UnderWay, "message")} under way.[/]"));
        if (input.IsFromPerson)
        {
            screen.Note($"Each line goes to [bold]{topic.EscapeMarkup()}[/] as one message. Ctrl-D or Ctrl-C stops.");
        }

        try
        {
            using var lines = new LineQueue(input, end.Token);
            while (lines.Next() is { } line)
            {
                Send(sender, line);
            }
        }
        finally
        {
            // Also when the input could not be read to its end: what came before is under way.
            around.EndTypedLine();
            Finish(sender, topic, around);
        }

        return sender.Failed == 0
            ? ExitCodes.Done
            : throw new CommandFailure($"{Counted.Of(sender.Failed, "message")} {(sender.Failed == 1 ? "was" : "were")} lost; see above why.", "");
    }

    private static void Finish(Sender sender, string topic, Surroundings around)
    {
        if (sender.UnderWay > 0)
        {
            string wayOut = around.Stop.IsCancellationRequested ? "; another Ctrl-C gives up" : "";
            around.Screen.Note($"[grey]Waiting for {Counted.Of(sender.UnderWay, "message")} under way{wayOut}.[/]");
        }

        sender.Flush();
        around.Screen.Note($"[grey]Delivered {Counted.Of(sender.Delivered, "message")} to {topic.EscapeMarkup()}.[/]");
    }

    private static void Send(Sender sender, InputLine line)
    {
        if (line.IsTooLong)
        {
            sender.Refuse(Input.TooLong);
        }
        else
        {
            sender.Send(line.Bytes);
        }
    }
}
