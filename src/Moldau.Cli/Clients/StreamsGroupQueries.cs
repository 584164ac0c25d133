using Confluent.Kafka;
using Moldau.Protocol.Messages;
using Described = Moldau.Protocol.Messages.StreamsGroupDescribeResponse;

namespace Moldau.Cli.Clients;

/// <summary>Asks the coordinator about a streams group.</summary>
internal sealed class StreamsGroupQueries(Cluster cluster, GroupCoordinator coordinator)
{
    /// <summary>The first that names the assignor.</summary>
    private const short VersionMax = 1;

    /// <summary>Null where there is none.</summary>
    public async Task<GroupView?> FindAsync(string name)
    {
        var request = new StreamsGroupDescribeRequest { GroupIds = [name] };
        var answer = await coordinator.AskAsync<StreamsGroupDescribeRequest, Described>(request, VersionMax).ConfigureAwait(false);
        var group = answer.Groups[0];
        if (group.ErrorCode == Protocol.ErrorCode.GroupIdNotFound)
        {
            return null;
        }

        coordinator.ThrowOnError(group.ErrorCode, group.ErrorMessage);
        return ViewOf(group);
    }

    private StreamsGroupView ViewOf(Described.DescribedGroup group)
    {
        StreamsSubtopology[] subtopologies = [.. (group.Topology?.Subtopologies ?? []).Select(Of)];
        StreamsMember[] members = [.. group.Members.Select(member => Of(member, subtopologies))];
        var view = new StreamsGroupView(group.GroupId)
        {
            Type = StreamsGroupView.Kind,
            State = group.GroupState,
            Assignor = group.AssignorName ?? "",
            Coordinator = coordinator.Address,
            Epoch = group.GroupEpoch,
            AssignmentEpoch = group.AssignmentEpoch,
            TopologyEpoch = group.Topology?.Epoch,
            Subtopologies = subtopologies,
            Members = members,
            StreamsMembers = members,
        };
        return view with
        {
            MissingSources = [.. subtopologies.SelectMany(subtopology => subtopology.Sources).Distinct(StringComparer.Ordinal).Where(IsMissing)],
            MissingInternals = [.. view.InternalTopics.Where(IsMissing)],
        };
    }

    private bool IsMissing(string topic) => cluster.Partitions(topic) == 0;

    private static StreamsSubtopology Of(Described.Subtopology subtopology) => new(subtopology.SubtopologyId)
    {
        Sources = subtopology.SourceTopics,
        RepartitionSinks = subtopology.RepartitionSinkTopics,
        RepartitionSources = subtopology.RepartitionSourceTopics.ConvertAll(topic => new StreamsTopic(topic.Name, topic.Partitions)),
        Changelogs = subtopology.StateChangelogTopics.ConvertAll(topic => new StreamsTopic(topic.Name, topic.Partitions)),
    };

    private StreamsMember Of(Described.Member member, StreamsSubtopology[] subtopologies)
    {
        StreamsTasks tasks = Of(member.Assignment), target = Of(member.TargetAssignment);
        return new StreamsMember(member.MemberId, member.ClientId, member.ClientHost)
        {
            InstanceId = string.IsNullOrEmpty(member.InstanceId) ? null : member.InstanceId,
            Epoch = member.MemberEpoch,
            TopologyEpoch = member.TopologyEpoch,
            ProcessId = member.ProcessId,
            Tasks = tasks,
            TargetTasks = target,
            Assigned = [.. ReadBy(tasks.Active, subtopologies)],
            Target = [.. ReadBy(target.Active, subtopologies)],
        };
    }

    private static StreamsTasks Of(Described.Assignment assignment) => new()
    {
        Active = Of(assignment.ActiveTasks),
        Standby = Of(assignment.StandbyTasks),
        WarmUp = Of(assignment.WarmupTasks),
    };

    private static List<StreamsTask> Of(List<Described.TaskIds> lists) =>
        [.. from list in lists from partition in list.Partitions select new StreamsTask(list.SubtopologyId, partition)];

    /// <summary>A task reads the partition of its number in each of the topics that have one.</summary>
    private IEnumerable<TopicPartition> ReadBy(IEnumerable<StreamsTask> active, StreamsSubtopology[] subtopologies) =>
        from task in active
        from subtopology in subtopologies
        where subtopology.Id == task.Subtopology
        from topic in subtopology.Read
        where task.Partition < cluster.Partitions(topic)
        select new TopicPartition(topic, task.Partition);
}
