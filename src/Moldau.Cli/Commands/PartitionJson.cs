using System.Text.Json;
using Confluent.Kafka;

namespace Moldau.Cli.Commands;

/// <summary>Partitions within a JSON object.</summary>
internal static class PartitionJson
{
    public static void WritePartitions(this Utf8JsonWriter json, string name, IEnumerable<TopicPartition> partitions)
    {
        json.WriteStartArray(name);
        foreach (var partition in partitions)
        {
            json.WriteStartObject();
            json.WriteString("topic", partition.Topic);
            json.WriteNumber("partition", partition.Partition.Value);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }
}
