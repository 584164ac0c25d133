using Moldau.Coordination.Groups.Streams;
using Moldau.Coordination.Metadata;
using Moldau.Protocol.Messages;
using Told = Moldau.Protocol.Messages.StreamsGroupHeartbeatRequest.TaskOffset;

namespace Moldau.Coordination.Tests.Groups;

/// <summary>What members may tell of tasks that there are not, and how much of it a group keeps.</summary>
public sealed class TaskOffsetLimitTests
{
    private const int Copies = 1, TasksMax = 50_000;
    private readonly GroupTaskOffsets _offsets = new();

    [Fact]
    public void A_group_keeps_so_many_offsets_of_all_its_members_together()
    {
        var tasks = Tasks(ClusterImage.Empty);

        _offsets.Take("m1", Tell(0, TasksMax), null, tasks, Copies);
        _offsets.Take("m2", Tell(0, TasksMax - 1), null, tasks, Copies);
        _offsets.Take("m1", null, Tell(0, TasksMax), tasks, Copies);
        _offsets.Take("m3", Tell(0, TasksMax), Tell(0, TasksMax), tasks, Copies);
        Assert.Equal(
            [(TasksMax, 1), (TasksMax - 1, 0), (0, 0)],
            new[] { "m1", "m2", "m3" }.Select(_offsets.Of).Select(told => (told.Restored.Count, told.Ends.Count)));

        _offsets.Forget("m2");
        _offsets.Take("m3", Tell(0, TasksMax), null, tasks, Copies);
        Assert.Equal(TasksMax - 1, _offsets.Of("m3").Restored.Count);
    }

    [Fact]
    public void What_is_told_of_no_possible_task_is_not_kept()
    {
        _offsets.Take("m", [.. Tell(-1, 1), .. Tell(TasksMax, 1), .. Tell(7, 1), new() { SubtopologyId = "other" }], null, Tasks(ClusterImage.Empty), Copies);
        Assert.Equal([new TaskId("0", 7)], _offsets.Of("m").Restored.Keys);
    }

    [Fact]
    public void What_turns_out_to_be_no_task_is_dropped_and_makes_room()
    {
        _offsets.Take("m1", Tell(0, TasksMax), Tell(0, TasksMax), Tasks(ClusterImage.Empty), Copies);
        var tasks = Tasks(ClusterImage.Empty.With("t", 3));

        _offsets.Keep(tasks);
        _offsets.Take("m2", Tell(2, 2), null, tasks, Copies);

        Assert.Equal((3, 3, 1), (_offsets.Of("m1").Restored.Count, _offsets.Of("m1").Ends.Count, _offsets.Of("m2").Restored.Count));
    }

    /// <summary>Each mention comes with a string of its own, which may be a hundred times as long as what else is kept of it.</summary>
    [Fact]
    public void Kept_offsets_share_the_id_of_the_subtopology()
    {
        var topology = OneSubtopology();
        var resolved = TopologyResolution.Resolve(topology, ClusterImage.Empty.Topics);
        _offsets.Take("m", Tell(0, 2), null, resolved.Tasks, Copies);
        Assert.All(_offsets.Of("m").Restored.Keys, task => Assert.Same(topology.Subtopologies[0].SubtopologyId, task.Subtopology));
    }

    private static PossibleTasks Tasks(ClusterImage image) => TopologyResolution.Resolve(OneSubtopology(), image.Topics).Tasks;

    private static StreamsGroupTopologyValue OneSubtopology() => new() { Subtopologies = [new() { SubtopologyId = "0", SourceTopics = ["t"] }] };

    private static List<Told> Tell(int first, int count) =>
        [.. Enumerable.Range(first, count).Select(partition => new Told { SubtopologyId = new string('0', 1), Partition = partition, Offset = 5 })];
}
