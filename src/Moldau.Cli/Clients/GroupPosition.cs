using Confluent.Kafka;

namespace Moldau.Cli.Clients;

/// <summary>How far a group is in one partition. What the broker cannot tell, or was never committed, is null.</summary>
internal sealed record GroupPosition(TopicPartition Partition)
{
    public string Topic => Partition.Topic;

    public int Index => Partition.Partition.Value;

    /// <summary>The next offset that the group reads.</summary>
    public long? Committed { get; init; }

    /// <summary>The text that was committed with it.</summary>
    public string Metadata { get; init; } = "";

    /// <summary>The first offset that is still there.</summary>
    public long? First { get; init; }

    /// <summary>The offset that the next record gets.</summary>
    public long? End { get; init; }

    /// <summary>The first offset of an open transaction, where there is one, else the end: readers at read_committed come as far as that.</summary>
    public long? Stable { get; init; }

    /// <summary>The member that has the partition.</summary>
    public GroupMember? Holder { get; init; }

    /// <summary>How many offsets lie before the end; from the first one that is there, if nothing is committed.</summary>
    public long? Lag => (Committed is { } next ? Math.Max(next, First ?? next) : First) is { } from && End is { } end ? Math.Max(end - from, 0) : null;
}
