using System.Text.Json;
using Moldau.Cli.Clients;
using Moldau.Cli.Terminal;

namespace Moldau.Cli.Commands.Groups;

/// <summary>A group of consumers, of the classic or the consumer protocol.</summary>
internal sealed class ConsumerGroupDescription(Screen screen, GroupView group) : GroupDescription<GroupView>(screen, group)
{
    private static readonly string[] None = [];

    protected override void WriteParts(OutputFormat format)
    {
        Members().Write(format, Group.Members);
        new CommittedPositions(Screen, Group).Write(
            format,
            none: "The group has committed nothing, and no member has a partition.",
            unset: "Where nothing is committed a consumer begins where its auto.offset.reset says, so how far it is behind is not known.");
    }

    /// <summary>Columns that are seldom needed are there where they are.</summary>
    private Listing<GroupMember> Members()
    {
        bool isMoving = Group.Members.Any(m => m.ToGiveUp.Any() || m.Awaited.Any());
        string[] columns = ["member", "client", "host", "partitions"];
        bool isSubscriptionKnown = Group.SubscribedTopics.Any(), hasPattern = Group.Members.Any(m => m.Pattern is not null);
        return new(
            Screen,
            [.. columns, .. isMoving ? ["to give up", "waits for"] : None, .. isSubscriptionKnown ? ["topics"] : None, .. hasPattern ? ["pattern"] : None])
        {
            Row = member =>
            {
                string[] row = [member.InstanceId ?? member.Id, member.ClientId, member.Host, PartitionText.Of(member.Assigned)];
                string[] moves = [PartitionText.Of(member.ToGiveUp), PartitionText.Of(member.Awaited)];
                return [.. row, .. isMoving ? moves : None, .. isSubscriptionKnown ? [string.Join(' ', member.Topics)] : None, .. hasPattern ? [member.Pattern ?? ""] : None];
            },
            Json = Write,
        };
    }

    private void Write(Utf8JsonWriter json, GroupMember member)
    {
        json.WriteString("group", Group.Name);
        json.WriteString("member", member.Id);
        json.WriteString("instance", member.InstanceId);
        json.WriteString("client", member.ClientId);
        json.WriteString("host", member.Host);
        json.WritePartitions("partitions", member.Assigned);
        json.WritePartitions("toGiveUp", member.ToGiveUp);
        json.WritePartitions("waitsFor", member.Awaited);
        if (Group.Type == GroupView.Consumer)
        {
            Write(json, "topics", member.Topics);
            json.WriteString("pattern", member.Pattern);
        }
    }
}
