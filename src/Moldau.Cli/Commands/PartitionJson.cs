using System.Text.Json;
using Confluent.Kafka;
using Moldau.Cli.Clients;

namespace Moldau.Cli.Commands;

/// <summary>Partitions, and tasks, within a JSON object.</summary>
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
    public static void WriteTasks(this Utf8JsonWriter json, string name, IEnumerable<StreamsTask> tasks)
    {
        json.WriteStartArray(name);
        foreach (var task in tasks)
        {
            json.WriteStartObject();
            json.WriteString("subtopology", task.Subtopology);
            json.WriteNumber("partition", task.Partition);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }
}
