using Moldau.Cli.Clients;
using Moldau.Cli.Terminal;
using Spectre.Console;

namespace Moldau.Cli.Commands;

/// <summary>
/// Tells what became of each message that <c>moldau produce</c> sent. This happens on the client library's own threads, which an
/// exception would end; so an output that takes nothing more stops the command, whose last flush then says why.
/// </summary>
internal sealed class DeliveryReports(Surroundings around, OutputFormat format, Connection connection, Action stop)
{
    public void Tell(Delivery delivery)
    {
        if (delivery.Failure is { } error)
        {
            var explained = Explanation.Of(error, connection, delivery.Topic);
            around.Screen.Note($"[red]Not delivered:[/] {DeliveryText.Name(delivery).EscapeMarkup()}: {explained.Message.EscapeMarkup()}");
        }
        else if (format == OutputFormat.Json)
        {
            Write(delivery);
        }
        else if (around.Input.IsFromPerson)
        {
            around.Screen.Note($"[grey]{DeliveryText.Of(delivery).EscapeMarkup()}[/]");
        }
    }

    private void Write(Delivery delivery)
    {
        try
        {
            around.Screen.Data(JsonLine.Of(json =>
            {
                json.WriteString("topic", delivery.Topic);
                json.WriteNumber("partition", delivery.Partition);
                json.WriteNumber("offset", delivery.Offset);
            }));
            around.Screen.Flush();
        }
        catch (OutputFailedException)
        {
            stop();
        }
    }
}
