using System.Globalization;
using Moldau.Cli.Terminal;

namespace Moldau.Cli.Commands.Groups;

/// <summary>Shows what a reset changes, or would change.</summary>
internal sealed class ResetOutput(Screen screen, string group, IResetKind kind)
{
    public void WriteTable(IEnumerable<ResetMove> moves)
    {
        var table = new DataTable(screen, ["topic", "partition", kind.Name, "new", "records to read"]);
        foreach (var move in moves)
        {
            table.Row(
            [
                move.Position.Topic, move.Position.Index.ToString(CultureInfo.InvariantCulture), Text(move.Position.Committed) ?? "none",
                Text(move.Next) ?? "unchanged", Text(move.Left) ?? "-",
            ]);
        }

        table.Write();
    }

    public void WriteJson(IEnumerable<ResetMove> moves, bool executed)
    {
        foreach (var move in moves)
        {
            screen.Data(JsonLine.Of(json =>
            {
                json.WriteString("group", group);
                json.WriteString("topic", move.Position.Topic);
                json.WriteNumber("partition", move.Position.Index);
                json.WriteNumberOrNull(kind.Field, move.Position.Committed);
                json.WriteNumberOrNull("newOffset", move.Next ?? move.Position.Committed);
                json.WriteNumberOrNull("recordsToRead", move.Left);
                json.WriteBoolean("executed", executed && move.Next is not null);
            }));
        }
    }

    private static string? Text(long? number) => number?.ToString(CultureInfo.InvariantCulture);
}
