using System.CommandLine;
using Confluent.Kafka;
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
        var connection = _client.Read(parsed, around);
        var (screen, input, stop) = around;
        using (var cluster = await Cluster.ReachAsync(connection, stop))
        {
            if (cluster.Partitions(topic) == 0)
            {
                screen.Note($"[yellow]The topic {topic.EscapeMarkup()} does not exist yet; "
                    + "the broker makes it with the first message, if it is set to.[/]");
            }
        }

        var format = OutputOption.Read(parsed, _output);
        var trouble = new Trouble(text => screen.Note($"[yellow]{text.EscapeMarkup()}[/]"));
        using var sender = new Sender(Sender.Config(connection), topic, d => Report(d, around, format, connection), trouble.Tell);
        if (input.IsFromPerson)
        {
            screen.Note($"Each line goes to [bold]{topic.EscapeMarkup()}[/] as one message. Ctrl-D or Ctrl-C stops.");
        }

        using (var lines = new LineQueue(input, stop))
        {
            while (lines.Next() is { } line)
            {
                Send(sender, line);
            }
        }

        if (sender.UnderWay > 0)
        {
            screen.Note($"[grey]Waiting for {sender.UnderWay} message(s) under way ...[/]");
        }

        sender.Flush();
        screen.Flush();
        screen.Note($"[grey]Delivered {sender.Delivered} message(s) to {topic.EscapeMarkup()}.[/]");
        if (sender.Failed > 0)
        {
            screen.Failure($"{sender.Failed} message(s) were lost; the reasons are above.", "");
        }

        return sender.Failed == 0 ? ExitCodes.Done : ExitCodes.Failed;
    }

    private static void Send(Sender sender, InputLine line)
    {
        if (line.IsTooLong)
        {
            sender.Refuse(new Error(ErrorCode.MsgSizeTooLarge, $"the line is longer than {Input.LineBytesMax} bytes"));
        }
        else
        {
            sender.Send(line.Bytes);
        }
    }

    private static void Report(Delivery delivery, Surroundings around, OutputFormat format, Connection connection)
    {
        if (delivery.Failure is { } error)
        {
            var explained = Explanation.Of(error, connection, delivery.Topic);
            around.Screen.Note($"[red]Not delivered:[/] {explained.Message.EscapeMarkup()}");
        }
        else if (format == OutputFormat.Json)
        {
            around.Screen.Data(JsonLine.Of(json =>
            {
                json.WriteString("topic", delivery.Topic);
                json.WriteNumber("partition", delivery.Partition);
                json.WriteNumber("offset", delivery.Offset);
            }));
            around.Screen.Flush();
        }
        else if (around.Input.IsFromPerson)
        {
            around.Screen.Note($"[grey]{DeliveryText.Of(delivery).EscapeMarkup()}[/]");
        }
    }
}
