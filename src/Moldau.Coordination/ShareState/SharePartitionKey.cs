using Moldau.Protocol;

namespace Moldau.Coordination.ShareState;

/// <summary>A partition as one share group reads it. The text is the key by which its coordinator is found.</summary>
internal readonly record struct SharePartitionKey(string GroupId, Guid TopicId, int Partition)
{
    public override string ToString() => $"{GroupId}:{KafkaUuid.ToText(TopicId)}:{Partition}";
}
