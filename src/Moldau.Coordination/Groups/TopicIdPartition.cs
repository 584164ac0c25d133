namespace Moldau.Coordination.Groups;

/// <summary>A partition by its topic's id, as assignments name it: a topic that is made again has other partitions.</summary>
internal readonly record struct TopicIdPartition(Guid Topic, int Partition) : IComparable<TopicIdPartition>
{
    public int CompareTo(TopicIdPartition other) =>
        Topic.CompareTo(other.Topic) is not 0 and var byTopic ? byTopic : Partition.CompareTo(other.Partition);
}
