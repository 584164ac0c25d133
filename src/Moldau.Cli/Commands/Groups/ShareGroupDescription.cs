using System.Text.Json;
using Moldau.Cli.Clients;
using Moldau.Cli.Terminal;

namespace Moldau.Cli.Commands.Groups;

/// <summary>A share group.</summary>
internal sealed class ShareGroupDescription(Screen screen, ShareGroupView group) : GroupDescription<ShareGroupView>(screen, group)
{
    protected override (string Name, string Field, int? Value)[] Epochs =>
        [("epoch", "epoch", Group.Epoch), ("assignment epoch", "assignmentEpoch", Group.AssignmentEpoch)];

    protected override void WriteParts(OutputFormat format)
    {
        var members = new Listing<ShareMember>(Screen, "member", "client", "host", "epoch", "topics", "partitions") { Row = Row, Json = Write };
        members.Write(format, Group.ShareMembers);
        var starts = new Listing<SharePosition>(Screen, "topic", "partition", "start", "first offset", "next offset", "lag", "members") { Row = Row, Json = Write };
        starts.Write(format, Group.Starts, none: "The group has begun with no partition, and no member is subscribed to a topic that exists.");
        if (format == OutputFormat.Text && Group.Starts.Any(start => start is { Committed: null, Failure: null }))
        {
            Screen.Note("Where no start is stored the group begins where its share.auto.offset.reset says, so how much it has to do is not known.");
        }
    }

    private static string[] Row(ShareMember member) =>
        [member.Id, member.ClientId, member.Host, Text(member.Epoch), string.Join(' ', member.Topics), PartitionText.Of(member.Assigned)];

    private static string[] Row(SharePosition start) =>
    [
        start.Topic, Text(start.Index), Text(start.Committed) ?? (start.Failure is null ? "none" : "unknown"), Text(start.First) ?? "unknown", Text(start.End) ?? "unknown",
        Text(start.Lag) ?? (start is { Committed: null, Failure: null } ? "-" : "unknown"), Text(start.Holders.Count),
    ];

    private void Write(Utf8JsonWriter json, ShareMember member)
    {
        json.WriteString("group", Group.Name);
        json.WriteString("member", member.Id);
        json.WriteString("client", member.ClientId);
        json.WriteString("host", member.Host);
        json.WriteNumber("epoch", member.Epoch);
        Write(json, "topics", member.Topics);
        json.WritePartitions("partitions", member.Assigned);
    }

    private void Write(Utf8JsonWriter json, SharePosition start)
    {
        json.WriteString("group", Group.Name);
        json.WriteString("topic", start.Topic);
        json.WriteNumber("partition", start.Index);
        json.WriteNumberOrNull("startOffset", start.Committed);
        json.WriteNumberOrNull("firstOffset", start.First);
        json.WriteNumberOrNull("nextOffset", start.End);
        json.WriteNumberOrNull("lag", start.Lag);
        Write(json, "members", start.Holders.Select(member => member.Id));
    }
}
