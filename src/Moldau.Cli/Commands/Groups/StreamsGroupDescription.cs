using System.Text.Json;
using Moldau.Cli.Clients;
using Moldau.Cli.Terminal;

namespace Moldau.Cli.Commands.Groups;

/// <summary>A streams group: its topology, its members with their tasks, and how far they are.</summary>
internal sealed class StreamsGroupDescription(Screen screen, StreamsGroupView group) : GroupDescription(screen)
{
    private static readonly string[] None = [];

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
            ("topology epoch", Text((long?)group.TopologyEpoch) ?? "none"),
            ("coordinator", group.Coordinator));
        if (group.Subtopologies.Count > 0)
        {
            WriteTopology();
        }

        if (group.Members.Count > 0)
        {
            WriteMembers();
        }

        if (group.Positions.Count == 0)
        {
            _screen.Note("The group has committed nothing, and none of the topics that it reads exists.");
            return;
        }

        new CommittedPositions(_screen, group).WriteTable();
        if (group.Positions.Any(p => p.Committed is null))
        {
            _screen.Note("Where nothing is committed a task begins where the application's auto.offset.reset says, so how far it is behind is not known.");
        }
    }

    public override void WriteJson()
    {
        WriteJson(group, json =>
        {
            json.WriteNumber("epoch", group.Epoch);
            json.WriteNumber("assignmentEpoch", group.AssignmentEpoch);
            json.WriteNumberOrNull("topologyEpoch", group.TopologyEpoch);
        });
        foreach (var subtopology in group.Subtopologies)
        {
            _screen.Data(JsonLine.Of(json => Write(json, subtopology)));
        }

        foreach (var member in group.StreamsMembers)
        {
            _screen.Data(JsonLine.Of(json => Write(json, member)));
        }

        new CommittedPositions(_screen, group).WriteJson();
    }

    private void WriteTopology()
    {
        var table = new DataTable(_screen, ["subtopology", "reads", "repartitions by", "changelogs"]);
        foreach (var subtopology in group.Subtopologies)
        {
            table.Row(
            [
                subtopology.Id, string.Join(' ', subtopology.Read), string.Join(' ', subtopology.RepartitionSinks),
                string.Join(' ', subtopology.Changelogs.Select(topic => topic.Name)),
            ]);
        }

        table.Write();
    }

    /// <summary>Columns that are seldom needed are there where they are.</summary>
    private void WriteMembers()
    {
        bool isWarming = group.StreamsMembers.Any(m => m.Tasks.WarmUp.Count > 0);
        bool isMoving = group.StreamsMembers.Any(m => m.TasksToGiveUp.All.Any() || m.TasksAwaited.All.Any());
        string[] columns = ["member", "client", "host", "active", "standby"];
        var table = new DataTable(_screen, [.. columns, .. isWarming ? ["warm-up"] : None, .. isMoving ? ["to give up", "waits for"] : None]);
        foreach (var member in group.StreamsMembers)
        {
            string[] row = [member.InstanceId ?? member.Id, member.ClientId, member.Host, PartitionText.Of(member.Tasks.Active), PartitionText.Of(member.Tasks.Standby)];
            string[] moves = [PartitionText.Of(member.TasksToGiveUp.All), PartitionText.Of(member.TasksAwaited.All)];
            table.Row([.. row, .. isWarming ? [PartitionText.Of(member.Tasks.WarmUp)] : None, .. isMoving ? moves : None]);
        }

        table.Write();
    }

    private void Write(Utf8JsonWriter json, StreamsSubtopology subtopology)
    {
        json.WriteString("group", group.Name);
        json.WriteString("subtopology", subtopology.Id);
        Write(json, "sourceTopics", subtopology.Sources);
        Write(json, "repartitionSinkTopics", subtopology.RepartitionSinks);
        Write(json, "repartitionSourceTopics", subtopology.RepartitionSources);
        Write(json, "changelogTopics", subtopology.Changelogs);
    }

    private void Write(Utf8JsonWriter json, StreamsMember member)
    {
        json.WriteString("group", group.Name);
        json.WriteString("member", member.Id);
        json.WriteString("instance", member.InstanceId);
        json.WriteString("process", member.ProcessId);
        json.WriteString("client", member.ClientId);
        json.WriteString("host", member.Host);
        json.WriteNumber("epoch", member.Epoch);
        json.WriteNumber("topologyEpoch", member.TopologyEpoch);
        json.WriteTasks("active", member.Tasks.Active);
        json.WriteTasks("standby", member.Tasks.Standby);
        json.WriteTasks("warmUp", member.Tasks.WarmUp);
        json.WriteTasks("toGiveUp", member.TasksToGiveUp.All);
        json.WriteTasks("waitsFor", member.TasksAwaited.All);
    }

    private static void Write(Utf8JsonWriter json, string name, IEnumerable<StreamsTopic> topics)
    {
        json.WriteStartArray(name);
        foreach (var topic in topics)
        {
            json.WriteStartObject();
            json.WriteString("topic", topic.Name);
            json.WriteNumber("partitions", topic.Partitions);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }
}
