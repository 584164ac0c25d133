using Moldau.Protocol.Messages;
using Moldau.Protocol.Wire;

namespace Moldau.Broker.Tests.Simulation;

/// <summary>What consumers of the classic protocol say of themselves, and what their leader assigns to them.</summary>
internal static class ConsumerProtocolText
{
    private const short Version = 1, SubscriptionVersion = 2;

    /// <summary>With what the member has, and since which generation, where it does not give that up before it joins.</summary>
    public static byte[] Subscription(IEnumerable<string> topics, IEnumerable<(string Topic, int Partition)> owned, int generation)
    {
        using var writer = new WireWriter();
        writer.WriteInt16(SubscriptionVersion);
        var subscription = new ConsumerProtocolSubscription { Topics = [.. topics], GenerationId = generation };
        foreach (var topic in owned.GroupBy(partition => partition.Topic, partition => partition.Partition))
            subscription.OwnedPartitions.Add(new() { Topic = topic.Key, Partitions = [.. topic.Order()] });
        subscription.Write(writer, SubscriptionVersion);
        return writer.Written.ToArray();
    }

    public static (int Generation, IEnumerable<(string Topic, int Partition)> Partitions) Owned(ReadOnlyMemory<byte> bytes)
    {
        var reader = new WireReader(bytes);
        var subscription = ConsumerProtocolSubscription.Read(ref reader, reader.ReadInt16());
        return (subscription.GenerationId, [.. subscription.OwnedPartitions.SelectMany(topic => topic.Partitions.Select(partition => (topic.Topic, partition)))]);
    }

    public static byte[] Assignment(IEnumerable<(string Topic, int Partition)> partitions)
    {
        using var writer = new WireWriter();
        writer.WriteInt16(Version);
        var assignment = new ConsumerProtocolAssignment();
        foreach (var topic in partitions.GroupBy(partition => partition.Topic, partition => partition.Partition))
            assignment.AssignedPartitions.Add(new() { Topic = topic.Key, Partitions = [.. topic] });
        assignment.Write(writer, Version);
        return writer.Written.ToArray();
    }

    /// <summary>None where nothing was assigned.</summary>
    public static IEnumerable<(string Topic, int Partition)> Assigned(ReadOnlyMemory<byte> bytes)
    {
        if (bytes.IsEmpty) return [];
        var reader = new WireReader(bytes);
        var assignment = ConsumerProtocolAssignment.Read(ref reader, reader.ReadInt16());
        return [.. assignment.AssignedPartitions.SelectMany(topic => topic.Partitions.Select(partition => (topic.Topic, partition)))];
    }
}
