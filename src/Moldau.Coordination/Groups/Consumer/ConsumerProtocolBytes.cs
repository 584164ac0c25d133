using System.Diagnostics.CodeAnalysis;
using Moldau.Coordination.Metadata;
using Moldau.Protocol.Messages;
using Moldau.Protocol.Wire;

namespace Moldau.Coordination.Groups.Consumer;

/// <summary>
/// Subscriptions and assignments as consumers of the classic protocol put them into theirs: a version, and the message in it. Newer
/// versions only append fields, so one that is too new is read as the newest that is known.
/// </summary>
internal static class ConsumerProtocolBytes
{
    public static bool TryReadSubscription(ReadOnlyMemory<byte> bytes, [NotNullWhen(true)] out ConsumerProtocolSubscription? subscription)
    {
        subscription = null;
        try
        {
            var reader = new WireReader(bytes);
            short version = reader.ReadInt16();
            if (version < ConsumerProtocolSubscription.LowestVersion) return false;
            subscription = ConsumerProtocolSubscription.Read(ref reader, Math.Min(version, ConsumerProtocolSubscription.HighestVersion));
            return true;
        }
        catch (MalformedMessageException)
        {
            return false;
        }
    }

    /// <summary>
    /// The partitions of topics that exist, or may come to exist; none where the bytes are empty. An assignor of the members' own may add data
    /// that means something to them alone: such an assignment is more than its partitions, and counts as not understood.
    /// </summary>
    public static bool TryReadAssignment(ReadOnlyMemory<byte> bytes, TopicsImage topics, out HashSet<TopicIdPartition> partitions)
    {
        partitions = [];
        if (bytes.IsEmpty) return true;
        try
        {
            var reader = new WireReader(bytes);
            short version = reader.ReadInt16();
            if (version < ConsumerProtocolAssignment.LowestVersion) return false;
            var assignment = ConsumerProtocolAssignment.Read(ref reader, Math.Min(version, ConsumerProtocolAssignment.HighestVersion));
            if (assignment.UserData is { Length: > 0 }) return false;
            foreach (var topic in assignment.AssignedPartitions)
            {
                if (!topics.ByName.TryGetValue(topic.Topic, out var found)) continue;
                partitions.UnionWith(topic.Partitions.Where(index => index >= 0).Select(index => new TopicIdPartition(found.Id, index)));
            }
            return true;
        }
        catch (MalformedMessageException)
        {
            return false;
        }
    }

    /// <summary>In the version of the member's subscription.</summary>
    public static byte[] Assignment(IEnumerable<TopicIdPartition> partitions, TopicsImage topics, ReadOnlyMemory<byte> subscription)
    {
        short version = Math.Clamp(VersionOf(subscription), ConsumerProtocolAssignment.LowestVersion, ConsumerProtocolAssignment.HighestVersion);
        var assignment = new ConsumerProtocolAssignment();
        foreach (var topic in partitions.Order().GroupBy(partition => partition.Topic))
        {
            if (!topics.ById.TryGetValue(topic.Key, out var found)) continue;
            assignment.AssignedPartitions.Add(new() { Topic = found.Name, Partitions = [.. topic.Select(partition => partition.Partition)] });
        }
        using var writer = new WireWriter();
        writer.WriteInt16(version);
        assignment.Write(writer, version);
        return writer.Written.ToArray();
    }

    public static HashSet<TopicIdPartition> Owned(ConsumerProtocolSubscription subscription, TopicsImage topics)
    {
        var owned = new HashSet<TopicIdPartition>();
        foreach (var topic in subscription.OwnedPartitions)
        {
            if (topics.ByName.TryGetValue(topic.Topic, out var found))
                owned.UnionWith(topic.Partitions.Select(index => new TopicIdPartition(found.Id, index)));
        }
        return owned;
    }

    private static short VersionOf(ReadOnlyMemory<byte> bytes)
    {
        if (bytes.Length < sizeof(short)) return ConsumerProtocolAssignment.LowestVersion;
        var reader = new WireReader(bytes);
        return reader.ReadInt16();
    }
}
