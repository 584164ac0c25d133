using System.Collections.Concurrent;
using System.Collections.Immutable;
using Moldau.Coordination.Metadata;
using Moldau.Protocol;

namespace Moldau.Broker.Topics;

/// <summary>
/// The partitions that are open, as the published metadata has them, found as requests name them: 3 for an unknown name or index, 100 for an
/// unknown topic id. A look-up takes no lock and allocates nothing.
/// </summary>
internal sealed class Partitions
{
    private readonly ConcurrentDictionary<string, ImmutableArray<Partition?>> _byName = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<Guid, ImmutableArray<Partition?>> _byId = new();

    /// <summary>Somebody has asked for a partition whose log is not open. Raised on the request's own time: brief.</summary>
    public event Action? ClosedOneFound;

    public ErrorCode Find(string topic, int index, out Partition partition) =>
        Find(_byName.GetValueOrDefault(topic, []), index, ErrorCode.UnknownTopicOrPartition, out partition);

    public ErrorCode Find(Guid topicId, int index, out Partition partition) =>
        Find(_byId.GetValueOrDefault(topicId, []), index, ErrorCode.UnknownTopicId, out partition);

    /// <summary>Puts a topic in the place of what was known of it; a partition whose log could not be opened is null.</summary>
    public void Put(TopicImage topic, ImmutableArray<Partition?> partitions)
    {
        _byId[topic.Id] = partitions;
        _byName[topic.Name] = partitions;
    }

    public void Remove(TopicImage topic)
    {
        _byName.TryRemove(topic.Name, out _);
        _byId.TryRemove(topic.Id, out _);
    }

    /// <summary>Who leads the partition, as clients are told: nobody as long as its log is not open.</summary>
    public (ErrorCode Error, int Leader) LeaderOf(TopicImage topic, PartitionImage partition)
    {
        bool isLed = partition.Leader != PartitionImage.NoLeader && Find(topic.Id, partition.Index, out _) != ErrorCode.KafkaStorageError;
        return isLed ? (ErrorCode.None, partition.Leader) : (ErrorCode.LeaderNotAvailable, PartitionImage.NoLeader);
    }

    private ErrorCode Find(ImmutableArray<Partition?> partitions, int index, ErrorCode unknownTopic, out Partition partition)
    {
        partition = null!;
        if (partitions.IsEmpty) return unknownTopic;
        if ((uint)index >= (uint)partitions.Length) return ErrorCode.UnknownTopicOrPartition;
        if (partitions[index] is not { } found)
        {
            ClosedOneFound?.Invoke();
            return ErrorCode.KafkaStorageError;
        }
        partition = found;
        return ErrorCode.None;
    }
}
