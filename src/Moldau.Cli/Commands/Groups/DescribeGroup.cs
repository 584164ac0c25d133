using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Moldau.Cli.Clients;
using Moldau.Cli.Terminal;
using Spectre.Console;

namespace Moldau.Cli.Commands.Groups;

/// <summary>moldau group describe.</summary>
internal sealed class DescribeGroup(Surroundings around)
{
    /// <summary>A person sees the beginning of a longer text.</summary>
    private const int MetadataShownMax = 40;

    private readonly Screen _screen = around.Screen;
    private readonly Argument<string> _name = GroupCommands.Name();
    private readonly Option<string> _output = OutputOption.Create("with json a line for the group, one per member and one per partition");
    private readonly ClientOptions _client = new();

    public static Command Create(Surroundings around)
    {
        var describe = new DescribeGroup(around);
        var command = new Command("describe", "Show a group's state, its members with their partitions, and how far it is in each.");
        command.Arguments.Add(describe._name);
        command.Options.Add(describe._output);
        describe._client.AddTo(command);
        command.SetAction((parsed, _) => describe.RunAsync(parsed));
        return command;
    }

    private async Task<int> RunAsync(ParseResult parsed)
    {
        var connection = await _client.ReadAsync(parsed, around);
        using var cluster = await Cluster.ReachAsync(connection, around.Stop);
        var queries = new GroupQueries(cluster, connection, around.Stop);
        var group = await queries.WithPositionsAsync(await queries.DescribeAsync(parsed.GetRequiredValue(_name)));
        group = await Task.Run(() => queries.WithMetadata(group), around.Stop).WaitAsync(around.Stop);
        if (OutputOption.Read(parsed, _output) == OutputFormat.Json)
        {
            WriteJson(group);
        }
        else
        {
            WriteText(group);
        }

        return ExitCodes.Done;
    }

    private void WriteText(GroupView group)
    {
        foreach (var (name, value) in PropertiesOf(group).Where(p => p.Value.Length > 0))
        {
            _screen.Data($"{name}\t{SafeText.Field(value)}", $"[grey]{name,-12}[/]{SafeText.Of(value).EscapeMarkup()}");
        }

        if (group.Members.Count > 0)
        {
            WriteMembers(group);
        }

        if (group.Positions.Count > 0)
        {
            WritePositions(group);
            if (group.Positions.Any(p => p.Committed is null))
            {
                _screen.Note("Where nothing is committed a consumer begins where its auto.offset.reset says, so how far it is behind is not known.");
            }
        }
        else
        {
            _screen.Note("The group has committed nothing, and no member has a partition.");
        }
    }

    private static (string Name, string Value)[] PropertiesOf(GroupView group) =>
    [
        ("group", group.Name),
        ("type", group.Type),
        ("state", group.State),
        ("assignor", group.Assignor),
        ("coordinator", group.Coordinator),
    ];

    private void WriteMembers(GroupView group)
    {
        bool isMoving = group.Members.Any(m => m.ToGiveUp.Any() || m.Awaited.Any());
        string[] columns = ["member", "client", "host", "partitions"];
        var table = new DataTable(_screen, isMoving ? [.. columns, "to give up", "waits for"] : columns);
        foreach (var member in group.Members)
        {
            string[] row = [member.InstanceId ?? member.Id, member.ClientId, member.Host, PartitionText.Of(member.Assigned)];
            table.Row(isMoving ? [.. row, PartitionText.Of(member.ToGiveUp), PartitionText.Of(member.Awaited)] : row);
        }

        table.Write();
    }

    private void WritePositions(GroupView group)
    {
        bool hasMetadata = group.Positions.Any(p => p.Metadata.Length > 0);
        string[] columns = ["topic", "partition", "committed", "first offset", "next offset", "lag", "client"];
        var table = new DataTable(_screen, hasMetadata ? [.. columns, "metadata"] : columns);
        foreach (var position in group.Positions)
        {
            string[] row =
            [
                position.Topic, Text(position.Index), Text(position.Committed) ?? "none", Text(position.First) ?? "unknown",
                Text(position.End) ?? "unknown", Text(position.Lag) ?? (position.Committed is null ? "-" : "unknown"), position.Holder?.ClientId ?? "-",
            ];
            table.Row(hasMetadata ? [.. row, Shown(position.Metadata)] : row);
        }

        table.Write();
    }

    private string Shown(string metadata) =>
        _screen.IsForPerson && metadata.Length > MetadataShownMax ? metadata[..MetadataShownMax] + "…" : metadata;

    private void WriteJson(GroupView group)
    {
        _screen.Data(JsonLine.Of(json =>
        {
            json.WriteString("group", group.Name);
            json.WriteString("type", group.Type);
            json.WriteString("state", group.State);
            json.WriteString("assignor", group.Assignor);
            json.WriteString("coordinator", group.Coordinator);
        }));
        foreach (var member in group.Members)
        {
            _screen.Data(JsonLine.Of(json => Write(json, group, member)));
        }

        foreach (var position in group.Positions)
        {
            _screen.Data(JsonLine.Of(json => Write(json, group, position)));
        }
    }

    private static void Write(Utf8JsonWriter json, GroupView group, GroupMember member)
    {
        json.WriteString("group", group.Name);
        json.WriteString("member", member.Id);
        json.WriteString("instance", member.InstanceId);
        json.WriteString("client", member.ClientId);
        json.WriteString("host", member.Host);
        json.WritePartitions("partitions", member.Assigned);
        json.WritePartitions("toGiveUp", member.ToGiveUp);
        json.WritePartitions("waitsFor", member.Awaited);
    }

    private static void Write(Utf8JsonWriter json, GroupView group, GroupPosition position)
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

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
