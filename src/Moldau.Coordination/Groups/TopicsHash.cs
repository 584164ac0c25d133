using System.Buffers.Binary;
using System.Text;
using Moldau.Coordination.Metadata;
using Moldau.Protocol;

namespace Moldau.Coordination.Groups;

/// <summary>
/// A number that changes when the topics of a subscription do: one comes or goes, or gets more partitions. Kafka stores it with a group, so
/// it is computed as there; a group that moves to Kafka, or comes from it, is not assigned anew for that.
/// </summary>
// topic  | 0 int8 | id 16 bytes, in two halves | name | partitions int32 | per partition: index int32, per rack: length int32, rack |
// text   | UTF-16 units | length int32 |
// group  | the hashes of its topics, by name |    All numbers are little-endian.
internal sealed class TopicsHash(ClusterImage image)
{
    private const byte Magic = 0;

    /// <summary>A topic may have many partitions, and many members that join.</summary>
    private readonly Dictionary<string, long> _known = [];

    public long Of(IEnumerable<string> topics)
    {
        var hashes = new List<byte>();
        foreach (string name in topics.Order(StringComparer.Ordinal))
        {
            if (!image.Topics.ByName.TryGetValue(name, out var topic)) continue;
            if (!_known.TryGetValue(name, out long hash)) _known.Add(name, hash = OfTopic(topic));
            Append(hashes, hash);
        }
        return hashes.Count == 0 ? 0 : Hash(hashes);
    }

    private long OfTopic(TopicImage topic)
    {
        var bytes = new List<byte> { Magic };
        Append(bytes, topic.Id);
        Append(bytes, topic.Name);
        Append(bytes, topic.Partitions.Length);
        foreach (var partition in topic.Partitions)
        {
            Append(bytes, partition.Index);
            var racks = partition.Replicas.Select(replica => image.Brokers.GetValueOrDefault(replica)?.Rack).OfType<string>();
            foreach (string rack in racks.Order(StringComparer.Ordinal))
            {
                Append(bytes, rack.Length);
                Append(bytes, rack);
            }
        }
        return Hash(bytes);
    }

    private static long Hash(List<byte> bytes) => Xxh3.Hash(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(bytes));

    private static void Append(List<byte> bytes, Guid id)
    {
        Span<byte> text = stackalloc byte[16];
        id.TryWriteBytes(text, bigEndian: true, out _);
        Append(bytes, BinaryPrimitives.ReadInt64BigEndian(text));
        Append(bytes, BinaryPrimitives.ReadInt64BigEndian(text[8..]));
    }

    private static void Append(List<byte> bytes, string text)
    {
        bytes.AddRange(Encoding.Unicode.GetBytes(text));
        Append(bytes, text.Length);
    }

    private static void Append(List<byte> bytes, int number)
    {
        Span<byte> written = stackalloc byte[sizeof(int)];
        BinaryPrimitives.WriteInt32LittleEndian(written, number);
        bytes.AddRange(written);
    }

    private static void Append(List<byte> bytes, long number)
    {
        Span<byte> written = stackalloc byte[sizeof(long)];
        BinaryPrimitives.WriteInt64LittleEndian(written, number);
        bytes.AddRange(written);
    }
}
