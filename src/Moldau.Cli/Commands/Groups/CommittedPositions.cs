using System.Globalization;
using System.Text.Json;
using Moldau.Cli.Clients;
using Moldau.Cli.Terminal;

namespace Moldau.Cli.Commands.Groups;

/// <summary>Shows how far a group is that commits offsets.</summary>
internal sealed class CommittedPositions(Screen screen, GroupView group)
{
    /// <summary>A person sees the beginning of a longer text.</summary>
    private const int MetadataShownMax = 40;

    /// <param name="format">What is asked for.</param>
    /// <param name="none">Said where the group has no position, and could have none.</param>
    /// <param name="unset">Said where in some partition nothing is committed.</param>
    public void Write(OutputFormat format, string none, string unset)
    {
        bool hasMetadata = group.Positions.Any(p => p.Metadata.Length > 0);
        string[] columns = ["topic", "partition", "committed", "first offset", "next offset", "lag", "client"];
        var positions = new Listing<GroupPosition>(screen, hasMetadata ? [.. columns, "metadata"] : columns)
        {
            Row = position => hasMetadata ? [.. Row(position), Shown(position.Metadata)] : Row(position),
            Json = Write,
        };
        positions.Write(format, group.Positions, none);
        if (format == OutputFormat.Text && group.Positions.Any(p => p.Committed is null))
        {
            screen.Note(unset);
        }
    }

    private static string[] Row(GroupPosition position) =>
    [
        position.Topic, Text(position.Index)!, Text(position.Committed) ?? "none", Text(position.First) ?? "unknown",
        Text(position.End) ?? "unknown", Text(position.Lag) ?? (position.Committed is null ? "-" : "unknown"), position.Holder?.ClientId ?? "-",
    ];

    private string Shown(string metadata) =>
        screen.IsForPerson && metadata.Length > MetadataShownMax ? metadata[..MetadataShownMax] + "…" : metadata;

    private void Write(Utf8JsonWriter json, GroupPosition position)
    {
        json.WriteString("group", group.Name);
        json.WriteString("topic", position.Topic);
        json.WriteNumber("partition", position.Index);
        json.WriteNumberOrNull("committedOffset", position.Committed);
        json.WriteNumberOrNull("firstOffset", position.First);
        json.WriteNumberOrNull("nextOffset", position.End);
        json.WriteNumberOrNull("lag", position.Lag);
        json.WriteString("member", position.Holder?.Id);
        json.WriteString("metadata", position.Metadata);
    }

    private static string? Text(long? number) => number?.ToString(CultureInfo.InvariantCulture);
}
