using System.Text.Json;
using Moldau.Cli.Clients;
using Moldau.Cli.Terminal;

namespace Moldau.Cli.Commands.Groups;

/// <summary>A streams group: its topology, its members with their tasks, and how far they are.</summary>
internal sealed class StreamsGroupDescription(Screen screen, StreamsGroupView group) : GroupDescription<StreamsGroupView>(screen, group)
{
    private static readonly string[] None = [];

    protected override (string Name, string Field, int? Value)[] Epochs =>
        [("epoch", "epoch", Group.Epoch), ("assignment epoch", "assignmentEpoch", Group.AssignmentEpoch), ("topology epoch", "topologyEpoch", Group.TopologyEpoch)];

    protected override void WriteParts(OutputFormat format)
    {
        var topology = new Listing<StreamsSubtopology>(Screen, "subtopology", "reads", "repartitions by", "changelogs") { Row = Row, Json = Write };
        topology.Write(format, Group.Subtopologies);
        Members().Write(format, Group.StreamsMembers);
        new CommittedPositions(Screen, Group).Write(
            format,
            none: "The group has committed nothing, and none of the topics that it reads exists.",
            unset: "Where nothing is committed a task begins where the application's auto.offset.reset says, so how far it is behind is not known.");
    }

    private static string[] Row(StreamsSubtopology subtopology) =>
    [
        subtopology.Id, string.Join(' ', subtopology.Read), string.Join(' ', subtopology.RepartitionSinks),
        string.Join(' ', subtopology.Changelogs.Select(topic => topic.Name)),
    ];

    /// <summary>Columns that are seldom needed are there where they are.</summary>
    private Listing<StreamsMember> Members()
    {
        bool isWarming = Group.StreamsMembers.Any(m => m.Tasks.WarmUp.Count > 0);
        bool isMoving = Group.StreamsMembers.Any(m => m.TasksToGiveUp.All.Any() || m.TasksAwaited.All.Any());
        string[] columns = ["member", "client", "host", "active", "standby"];
        return new(Screen, [.. columns, .. isWarming ? ["warm-up"] : None, .. isMoving ? ["to give up", "waits for"] : None])
        {
            Row = member =>
            {
                string[] row = [member.InstanceId ?? member.Id, member.ClientId, member.Host, PartitionText.Of(member.Tasks.Active), PartitionText.Of(member.Tasks.Standby)];
                string[] moves = [PartitionText.Of(member.TasksToGiveUp.All), PartitionText.Of(member.TasksAwaited.All)];
                return [.. row, .. isWarming ? [PartitionText.Of(member.Tasks.WarmUp)] : None, .. isMoving ? moves : None];
            },
            Json = Write,
        };
    }

    private void Write(Utf8JsonWriter json, StreamsSubtopology subtopology)
    {
        json.WriteString("group", Group.Name);
        json.WriteString("subtopology", subtopology.Id);
        Write(json, "sourceTopics", subtopology.Sources);
        Write(json, "repartitionSinkTopics", subtopology.RepartitionSinks);
        Write(json, "repartitionSourceTopics", subtopology.RepartitionSources);
        Write(json, "changelogTopics", subtopology.Changelogs);
    }

    private void Write(Utf8JsonWriter json, StreamsMember member)
    {
        json.WriteString("group", Group.Name);
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
