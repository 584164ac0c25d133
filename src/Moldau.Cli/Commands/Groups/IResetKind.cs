using Confluent.Kafka;
using Moldau.Cli.Clients;

namespace Moldau.Cli.Commands.Groups;

/// <summary>Where a group is, what that is called in groups of its kind, and how it is set.</summary>
internal interface IResetKind
{
    /// <summary>As the head of a column.</summary>
    string Name { get; }

    /// <summary>As the name of a field of JSON.</summary>
    string Field { get; }

    /// <summary>What a group is that is made by it, as in: that makes it, a share group.</summary>
    string Makes { get; }

    /// <exception cref="CommandFailure">A group of the kind cannot be set to that.</exception>
    void Check(ResetTarget target);

    /// <summary>Null where the group has none.</summary>
    Task<Dictionary<TopicPartition, long?>> PositionsAsync();

    /// <returns>The partitions in which that is refused, each by itself; the others are set.</returns>
    /// <exception cref="CommandFailure">All of it is refused.</exception>
    Task<IReadOnlyList<RefusedPartition>> SetAsync(IReadOnlyCollection<TopicPartitionOffset> positions);
}
