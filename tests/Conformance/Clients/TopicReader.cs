using Confluent.Kafka;

namespace Moldau.Conformance.Clients;

/// <summary>Reads what a topic holds, without a group, so that a test may check what some client wrote.</summary>
internal static class TopicReader
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <summary>All records of the topic, by partition and offset.</summary>
    public static List<ConsumeResult<string?, string?>> ReadAll(ClientConfig client, string topic, int partitions = 1)
    {
        var config = new ConsumerConfig(client) { GroupId = "reader", EnablePartitionEof = true, EnableAutoCommit = false };
        using var consumer = new ConsumerBuilder<string?, string?>(config).Build();
        consumer.Assign(Enumerable.Range(0, partitions).Select(partition => new TopicPartitionOffset(topic, partition, Offset.Beginning)));
        var records = new List<ConsumeResult<string?, string?>>();
        for (int left = partitions; left > 0;)
        {
            var result = consumer.Consume(Patience) ?? throw new TimeoutException($"Nothing came from {topic} within {Patience.TotalSeconds} s, after {records.Count} records.");
            if (result.IsPartitionEOF) left--;
            else records.Add(result);
        }
        return [.. records.OrderBy(record => record.Partition.Value).ThenBy(record => record.Offset.Value)];
    }

    public static List<ConsumeResult<string?, string?>> ReadAll(ClientBroker broker, string topic, int partitions = 1) =>
        ReadAll(new ClientConfig { BootstrapServers = broker.Bootstrap }, topic, partitions);
}
