using Moldau.Coordination.Groups;
using Moldau.Coordination.Groups.Streams;
using Moldau.Protocol.Messages;
using Request = Moldau.Protocol.Messages.StreamsGroupHeartbeatRequest;

namespace Moldau.Coordination.Tests.Groups;

/// <summary>
/// The commands of a scenario that are about streams groups. A topology is written line by line, a subtopology in each; a heartbeat names it.
/// Tasks are written as <c>0-1</c>, a subtopology and a partition, and what they are after a bar each: <c>active|standby|warm-up</c>.
/// </summary>
internal sealed class StreamsRequests
{
    private readonly Dictionary<string, List<Request.Subtopology>> _topologies = [];

    /// <summary><c>subtopology 0 of=words sources=t,u repartition=r:4 sinks=s changelogs=c copartition=t,u</c></summary>
    public void AddSubtopology(ScenarioLine line)
    {
        string name = line.Text("of", "one");
        if (!_topologies.TryGetValue(name, out var topology)) _topologies.Add(name, topology = []);
        var subtopology = new Request.Subtopology
        {
            SubtopologyId = line.Subject,
            SourceTopics = Names(line, "sources"),
            SourceTopicRegex = Names(line, "pattern"),
            RepartitionSinkTopics = Names(line, "sinks"),
            RepartitionSourceTopics = [.. line.Pairs("repartition").Select(Topic)],
            StateChangelogTopics = [.. line.Pairs("changelogs").Select(Topic)],
        };
        if (line.TextOrNull("copartition") is not null)
        {
            var together = Names(line, "copartition");
            subtopology.CopartitionGroups.Add(new()
            {
                SourceTopics = Places(together, subtopology.SourceTopics),
                RepartitionSourceTopics = Places(together, subtopology.RepartitionSourceTopics.ConvertAll(topic => topic.Name)),
            });
        }
        if (line.TextOrNull("copartition-index") is { } index) subtopology.CopartitionGroups.Add(new() { SourceTopics = [short.Parse(index)] });
        topology.Add(subtopology);
    }

    public object? Of(ScenarioLine line) => line.Verb switch
    {
        "stream" => Heartbeat(line),
        "describe-streams" => new DescribeStreamsGroup(line.Text("group", "g")),
        _ => null,
    };

    /// <summary>
    /// <c>stored epoch=4 targets=m1:0-0,0-1/m2:||0-0</c>: a target that Moldau's assignor does not make and the log has all the same, since a
    /// Kafka with another assignor wrote it. <c>stored topology=NAME</c>: one that Moldau would have refused.
    /// </summary>
    public IEnumerable<CoordinatorRecord> Stored(ScenarioLine line, DurableGroups durable)
    {
        string group = line.Text("group", "g");
        if (line.TextOrNull("topology") is { } name)
        {
            yield return StreamsGroupRecords.Topology(group, TopologyRequests.ToStored(new() { Subtopologies = _topologies[name] }));
            yield break;
        }
        int epoch = line.Number("epoch", 0);
        var former = durable.Streams(group)!.Metadata;
        yield return StreamsGroupRecords.Metadata(group, new StreamsGroupMetadataValue
        {
            Epoch = epoch,
            MetadataHash = former.MetadataHash,
            ValidatedTopologyEpoch = former.ValidatedTopologyEpoch,
            LastAssignmentConfigs = former.LastAssignmentConfigs,
        });
        foreach (string[] target in line.Text("targets", "").Split('/').Select(target => target.Split(':')))
        {
            string[] roles = target[1].Split('|');
            yield return StreamsGroupRecords.TargetOf(group, target[0], new MemberTasks(Ids(roles, 0), Ids(roles, 1), Ids(roles, 2)));
        }
        yield return StreamsGroupRecords.TargetEpoch(group, epoch, timestampMs: 0);
    }

    private Request Heartbeat(ScenarioLine line)
    {
        int epoch = line.Number("epoch", 0);
        bool joins = epoch == 0;
        string[]? owned = (line.TextOrNull("owns") ?? (joins ? "" : null))?.Split('|');
        string? topology = line.TextOrNull("topology") ?? (joins ? "one" : null);
        return new Request
        {
            GroupId = line.Text("group", "g"),
            MemberId = line.Text("id", line.Subject),
            MemberEpoch = epoch,
            InstanceId = line.TextOrNull("instance"),
            RackId = line.TextOrNull("rack"),
            RebalanceTimeoutMs = line.Number("rebalance", joins ? 60_000 : -1),
            ProcessId = line.TextOrNull("process") ?? (joins ? $"p-{line.Subject}" : null),
            Topology = topology is null or "-" ? null : new() { Epoch = line.Number("topology-epoch", 0), Subtopologies = _topologies.GetValueOrDefault(topology, []) },
            ActiveTasks = Tasks(owned, 0),
            StandbyTasks = Tasks(owned, 1),
            WarmupTasks = Tasks(owned, 2),
            UserEndpoint = line.TextOrNull("endpoint") is { } host ? new() { Host = host, Port = 80 } : null,
            EndpointInformationEpoch = line.Number("knows-endpoints", 0),
            ClientTags = line.TextOrNull("tags") is null ? null : [.. line.Pairs("tags").Select(tag => new Request.KeyValue { Key = tag.Name, Value = tag.Value })],
            TaskOffsets = Offsets(line, "offsets"),
            TaskEndOffsets = Offsets(line, "ends"),
            ShutdownApplication = line.Text("shutdown", "no") == "yes",
        };
    }

    private static List<Request.TaskOffset>? Offsets(ScenarioLine line, string name) => line.TextOrNull(name) is null ? null :
    [
        .. line.Pairs(name).Select(pair => (Task: pair.Name.Split('-'), Offset: long.Parse(pair.Value)))
            .Select(pair => new Request.TaskOffset { SubtopologyId = pair.Task[0], Partition = int.Parse(pair.Task[1]), Offset = pair.Offset }),
    ];

    private static HashSet<TaskId> Ids(string[] roles, int role) =>
        TaskLists.Read(Tasks(roles, role)!, static list => (list.SubtopologyId, list.Partitions));

    private static List<Request.TaskIds>? Tasks(string[]? owned, int role)
    {
        if (owned is null) return null;
        string[] tasks = role < owned.Length ? owned[role].Split(',', StringSplitOptions.RemoveEmptyEntries) : [];
        return
        [
            .. tasks.Select(task => task.Split('-')).GroupBy(task => task[0])
                .Select(subtopology => new Request.TaskIds { SubtopologyId = subtopology.Key, Partitions = [.. subtopology.Select(task => int.Parse(task[1]))] }),
        ];
    }

    private static List<string> Names(ScenarioLine line, string name) => [.. line.Pairs(name).Select(pair => pair.Name)];

    private static Request.TopicInfo Topic((string Name, string Partitions) topic) =>
        new() { Name = topic.Name, Partitions = topic.Partitions.Length == 0 ? 0 : int.Parse(topic.Partitions), ReplicationFactor = 1 };

    private static List<short> Places(List<string> names, List<string> among) =>
        [.. names.Select(name => (short)among.IndexOf(name)).Where(place => place >= 0)];
}
