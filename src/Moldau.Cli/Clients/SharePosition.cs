using Confluent.Kafka;

namespace Moldau.Cli.Clients;

/// <summary>How far a share group is in one partition: from the committed offset on it has something to do, though records after that may be done.</summary>
internal sealed record SharePosition(TopicPartition Partition) : GroupPosition(Partition)
{
    /// <summary>How many records the group is not done with, as the broker counts them: also such as are deleted meanwhile.</summary>
    public long? Undone { get; init; }

    /// <summary>Why the broker does not say where the group is; null where it does.</summary>
    public string? Failure { get; init; }

    public IReadOnlyList<GroupMember> Holders { get; init; } = [];

    public override long? Lag => Undone is { } undone ? Math.Max(Math.Min(undone, End - First ?? undone), 0) : null;
}
