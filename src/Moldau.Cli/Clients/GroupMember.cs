using Confluent.Kafka;

namespace Moldau.Cli.Clients;

/// <summary>A member of a group, and the partitions that it has.</summary>
internal record GroupMember(string Id, string ClientId, string Host)
{
    public string? InstanceId { get; init; }

    /// <summary>The topics that it is subscribed to by their names; empty also where the cluster does not tell, as of the classic protocol.</summary>
    public IReadOnlyList<string> Topics { get; init; } = [];

    /// <summary>What the names of other topics match that it is subscribed to; null where there is no such.</summary>
    public string? Pattern { get; init; }

    public IReadOnlyList<TopicPartition> Assigned { get; init; } = [];

    /// <summary>What it is on its way to, in a group that hands partitions over one by one.</summary>
    public IReadOnlyList<TopicPartition> Target { get; init; } = [];

    /// <summary>What it has yet to give up.</summary>
    public IEnumerable<TopicPartition> ToGiveUp => Assigned.Except(Target);

    /// <summary>What it is to have and waits for.</summary>
    public IEnumerable<TopicPartition> Awaited => Target.Except(Assigned);

    public string Name => InstanceId is null ? $"{ClientId} at {Host} ({Id})" : $"{ClientId} at {Host} (instance {InstanceId})";
}
