using Moldau.Broker.Config;
using Moldau.Log;
using Moldau.Protocol;

namespace Moldau.Broker.Topics;

/// <summary>The partitions of this broker, found as requests name them: 3 for an unknown name or index, 100 for an unknown topic id.</summary>
internal interface IPartitions
{
    ErrorCode Find(string topic, int index, out Partition partition);

    ErrorCode Find(Guid topicId, int index, out Partition partition);
}

/// <summary>A partition as one request sees it: its log, and the settings and leader epoch that hold now.</summary>
internal sealed record Partition
{
    public required PartitionLog Log { get; init; }

    public required TopicConfig Config { get; init; }

    public required int LeaderEpoch { get; init; }
}
