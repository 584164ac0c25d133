using Moldau.Protocol;
using Moldau.Protocol.Messages;

namespace Moldau.Coordination.Metadata;

/// <summary>Where the replicas of new partitions go: on one node there is one place for them, and the rules say so.</summary>
internal static class ReplicaAssignments
{
    /// <summary>What is wrong with the brokers that a request wants for one partition.</summary>
    public static Refusal Check(ClusterImage image, List<int> brokerIds)
    {
        if (brokerIds.Count == 0) return Invalid("An assignment names no broker.");
        if (brokerIds.Distinct().Count() < brokerIds.Count)
        {
            return Invalid($"The assignment [{string.Join(", ", brokerIds)}] names a broker twice.");
        }
        foreach (int broker in brokerIds)
        {
            if (!image.Brokers.ContainsKey(broker)) return Invalid($"The assignment names broker {broker}; there is {Known(image)}.");
        }
        return default;
    }

    public static Refusal Invalid(string message) => new(ErrorCode.InvalidReplicaAssignment, message);

    public static string Known(ClusterImage image) =>
        image.Brokers.Count == 1 ? $"only broker {image.Brokers.Keys.First()}" : $"no other than {string.Join(", ", image.Brokers.Keys)}";

    /// <summary>The records of partitions that are led by this node from their first moment on.</summary>
    public static IEnumerable<MetadataRecord> NewPartitions(Guid topicId, int first, int count, TopicPlacement placement) =>
        Enumerable.Range(first, count).Select(index => MetadataRecord.Of(new PartitionRecord
        {
            PartitionId = index,
            TopicId = topicId,
            Replicas = [placement.NodeId],
            Isr = [placement.NodeId],
            Leader = placement.NodeId,
            LeaderEpoch = 0,
            PartitionEpoch = 0,
            Directories = [placement.LogDirectoryId],
        }));
}
