using System.Globalization;
using System.Text.Json;
using Moldau.Cli.Terminal;

namespace Moldau.Cli.Commands.Groups;

/// <summary>Shows what a reset changes, or would change.</summary>
internal sealed class ResetOutput(Screen screen, string group, IResetKind kind)
{
    public void Write(OutputFormat format, IReadOnlyCollection<ResetMove> moves, bool executed)
    {
        var listing = new Listing<ResetMove>(screen, "topic", "partition", kind.Name, "new", "records to read") { Row = Row, Json = (json, move) => Write(json, move, executed) };
        listing.Write(format, moves);
    }

    private static string[] Row(ResetMove move) =>
    [
        move.Position.Topic, move.Position.Index.ToString(CultureInfo.InvariantCulture), Text(move.Position.Committed) ?? "none",
        Text(move.Next) ?? "unchanged", Text(move.Left) ?? "-",
    ];

    private void Write(Utf8JsonWriter json, ResetMove move, bool executed)
    {
        json.WriteString("group", group);
        json.WriteString("topic", move.Position.Topic);
        json.WriteNumber("partition", move.Position.Index);
        json.WriteNumberOrNull(kind.Field, move.Position.Committed);
        json.WriteNumberOrNull("newOffset", move.Next ?? move.Position.Committed);
        json.WriteNumberOrNull("recordsToRead", move.Left);
        json.WriteBoolean("executed", executed && move.Next is not null);
    }

    private static string? Text(long? number) => number?.ToString(CultureInfo.InvariantCulture);
}
