using System.Text.Json;
using Moldau.Cli.Clients;
using Moldau.Cli.Terminal;

namespace Moldau.Cli.Commands.Groups;

/// <summary>A share group.</summary>
internal sealed class ShareGroupDescription(Screen screen, ShareGroupView group) : GroupDescription(screen)
{
    private readonly Screen _screen = screen;

    public override void WriteText()
    {
        WriteProperties(
            ("group", group.Name),
            ("type", group.Type),
            ("state", group.State),
            ("assignor", group.Assignor),
            ("epoch", Text(group.Epoch)),
            ("assignment epoch", Text(group.AssignmentEpoch)),
            ("coordinator", group.Coordinator));
        if (group.ShareMembers.Count > 0)
        {
            WriteMembers();
        }

        if (group.Starts.Count == 0)
        {
            _screen.Note("The group has begun with no partition, and no member is subscribed to a topic that exists.");
            return;
        }

        WriteStarts();
        if (group.Starts.Any(start => start is { Committed: null, Failure: null }))
        {
            _screen.Note("Where no start is stored the group begins where its share.auto.offset.reset says, so how much it has to do is not known.");
        }
    }

    public override void WriteJson()
    {
        WriteJson(group, json =>
        {
            json.WriteNumber("epoch", group.Epoch);
            json.WriteNumber("assignmentEpoch", group.AssignmentEpoch);
        });
        foreach (var member in group.ShareMembers)
        {
            _screen.Data(JsonLine.Of(json => Write(json, member)));
        }

        foreach (var start in group.Starts)
        {
            _screen.Data(JsonLine.Of(json => Write(json, start)));
        }
    }

    private void WriteMembers()
    {
        var table = new DataTable(_screen, ["member", "client", "host", "epoch", "topics", "partitions"]);
        foreach (var member in group.ShareMembers)
        {
            table.Row([member.Id, member.ClientId, member.Host, Text(member.Epoch), string.Join(' ', member.Topics), PartitionText.Of(member.Assigned)]);
        }

        table.Write();
    }

    private void WriteStarts()
    {
        var table = new DataTable(_screen, ["topic", "partition", "start", "first offset", "next offset", "lag", "members"]);
        foreach (var start in group.Starts)
        {
            string none = start.Failure is null ? "none" : "unknown";
            table.Row(
            [
                start.Topic, Text(start.Index), Text(start.Committed) ?? none, Text(start.First) ?? "unknown", Text(start.End) ?? "unknown",
                Text(start.Lag) ?? (start is { Committed: null, Failure: null } ? "-" : "unknown"), Text(start.Holders.Count),
            ]);
        }

        table.Write();
    }

    private void Write(Utf8JsonWriter json, ShareMember member)
    {
        json.WriteString("group", group.Name);
        json.WriteString("member", member.Id);
        json.WriteString("client", member.ClientId);
        json.WriteString("host", member.Host);
        json.WriteNumber("epoch", member.Epoch);
        Write(json, "topics", member.Topics);
        json.WritePartitions("partitions", member.Assigned);
    }

    private void Write(Utf8JsonWriter json, SharePosition start)
    {
        json.WriteString("group", group.Name);
        json.WriteString("topic", start.Topic);
        json.WriteNumber("partition", start.Index);
        json.WriteNumberOrNull("startOffset", start.Committed);
        json.WriteNumberOrNull("firstOffset", start.First);
        json.WriteNumberOrNull("nextOffset", start.End);
        json.WriteNumberOrNull("lag", start.Lag);
        Write(json, "members", start.Holders.Select(member => member.Id));
    }
}
