using Moldau.Protocol.Messages;
using Answer = Moldau.Protocol.Messages.StreamsGroupHeartbeatResponse;

namespace Moldau.Coordination.Groups.Streams;

/// <summary>Which member answers queries about which partitions: members ask each other for what they do not have themselves.</summary>
internal static class StreamsEndpoints
{
    public static List<Answer.EndpointToPartitions> Of(StreamsGroupDraft group)
    {
        var endpoints = new List<Answer.EndpointToPartitions>();
        foreach (var member in group.Members)
        {
            if (member.Endpoint is not { } endpoint || group.Topology is not { } topology) continue;
            endpoints.Add(new Answer.EndpointToPartitions
            {
                UserEndpoint = new Answer.Endpoint { Host = endpoint.Host, Port = endpoint.Port },
                ActivePartitions = Partitions(member.Assigned.Active, topology, group),
                // The state of a warm-up task can be asked as that of a standby one.
                StandbyPartitions = Partitions(member.Assigned.Standby.Concat(member.Assigned.Warmup), topology, group),
            });
        }
        return endpoints;
    }

    /// <summary>A task reads the partition of its number of each topic of its subtopology that has so many.</summary>
    private static List<Answer.TopicPartition> Partitions(IEnumerable<TaskId> tasks, StreamsGroupTopologyValue topology, StreamsGroupDraft group)
    {
        var topics = group.Turn.Image.Topics.ByName;
        var partitions = new List<Answer.TopicPartition>();
        foreach (var ofSubtopology in tasks.Order().GroupBy(task => task.Subtopology, StringComparer.Ordinal))
        {
            if (topology.Subtopologies.Find(one => one.SubtopologyId == ofSubtopology.Key) is not { } subtopology) continue;
            foreach (string topic in subtopology.SourceTopics.Concat(subtopology.RepartitionSourceTopics.Select(topic => topic.Name)))
            {
                int count = topics.TryGetValue(topic, out var there) ? there.Partitions.Length : 0;
                List<int> ofTasks = [.. ofSubtopology.Select(task => task.Partition).Where(partition => partition < count)];
                if (ofTasks.Count > 0) partitions.Add(new Answer.TopicPartition { Topic = topic, Partitions = ofTasks });
            }
        }
        return partitions;
    }
}
