using System.Text.Json;
using Moldau.Cli.Clients;
using Moldau.Cli.Terminal;

namespace Moldau.Cli.Commands.Groups;

/// <summary>A group of consumers, of the classic or the consumer protocol.</summary>
internal sealed class ConsumerGroupDescription(Screen screen, GroupView group) : GroupDescription(screen)
{
    private static readonly string[] None = [];

    private readonly Screen _screen = screen;

    public override void WriteText()
    {
        WriteProperties(("group", group.Name), ("type", group.Type), ("state", group.State), ("assignor", group.Assignor), ("coordinator", group.Coordinator));
        if (group.Members.Count > 0)
        {
            WriteMembers();
        }

        if (group.Positions.Count == 0)
        {
            _screen.Note("The group has committed nothing, and no member has a partition.");
            return;
        }

        new CommittedPositions(_screen, group).WriteTable();
        if (group.Positions.Any(p => p.Committed is null))
        {
            _screen.Note("Where nothing is committed a consumer begins where its auto.offset.reset says, so how far it is behind is not known.");
        }
    }

    public override void WriteJson()
    {
        WriteJson(group, _ => { });
        foreach (var member in group.Members)
        {
            _screen.Data(JsonLine.Of(json => Write(json, member)));
        }

        new CommittedPositions(_screen, group).WriteJson();
    }

    private void WriteMembers()
    {
        bool isMoving = group.Members.Any(m => m.ToGiveUp.Any() || m.Awaited.Any());
        string[] columns = ["member", "client", "host", "partitions"];
        bool isSubscriptionKnown = group.SubscribedTopics.Any(), hasPattern = group.Members.Any(m => m.Pattern is not null);
        var table = new DataTable(
            _screen,
            [.. columns, .. isMoving ? ["to give up", "waits for"] : None, .. isSubscriptionKnown ? ["topics"] : None, .. hasPattern ? ["pattern"] : None]);
        foreach (var member in group.Members)
        {
            string[] row = [member.InstanceId ?? member.Id, member.ClientId, member.Host, PartitionText.Of(member.Assigned)];
            string[] moves = [PartitionText.Of(member.ToGiveUp), PartitionText.Of(member.Awaited)];
            table.Row(
                [.. row, .. isMoving ? moves : None, .. isSubscriptionKnown ? [string.Join(' ', member.Topics)] : None, .. hasPattern ? [member.Pattern ?? ""] : None]);
        }

        table.Write();
    }

    private void Write(Utf8JsonWriter json, GroupMember member)
    {
        json.WriteString("group", group.Name);
        json.WriteString("member", member.Id);
        json.WriteString("instance", member.InstanceId);
        json.WriteString("client", member.ClientId);
        json.WriteString("host", member.Host);
        json.WritePartitions("partitions", member.Assigned);
        json.WritePartitions("toGiveUp", member.ToGiveUp);
        json.WritePartitions("waitsFor", member.Awaited);
        if (group.Type == GroupView.Consumer)
        {
            Write(json, "topics", member.Topics);
            json.WriteString("pattern", member.Pattern);
        }
    }
}
