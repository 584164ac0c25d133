using Confluent.Kafka;

namespace Moldau.Cli.Clients;

/// <summary>How far a group is in one partition. What the broker cannot tell, or was never committed, is null.</summary>
internal record GroupPosition(TopicPartition Partition)
{
    public string Topic => Partition.Topic;

    public int Index => Partition.Partition.Value;

    /// <summary>The next offset that the group reads; of a share group the first that it is not done with.</summary>
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

    /// <summary>How many offsets are left to read. Unknown where nothing is committed: the consumer's auto.offset.reset decides where it begins.</summary>
    public virtual long? Lag => Committed is { } next && End is { } end ? Math.Max(end - Math.Max(next, First ?? next), 0) : null;

    /// <summary>How many of the offsets that the group has not read a reader at read_committed does not get, because a transaction is open.</summary>
    public long HeldBack => Stable is { } stable && End is { } end ? Math.Max(end - Math.Max(stable, Committed ?? stable), 0) : 0;
}
