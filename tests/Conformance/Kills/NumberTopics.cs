using Confluent.Kafka;
using Confluent.Kafka.Admin;

namespace Moldau.Conformance.Kills;

/// <summary>Topics of numbers, of which each is to be found once in the end.</summary>
internal static class NumberTopics
{
    public static async Task CreateAsync(string bootstrap, int partitions, params string[] topics)
    {
        using var admin = new AdminClientBuilder(new AdminClientConfig { BootstrapServers = bootstrap }).Build();
        await admin.CreateTopicsAsync([.. topics.Select(topic => new TopicSpecification { Name = topic, NumPartitions = partitions, ReplicationFactor = 1 })]);
    }

    /// <summary>So many numbers from the first one on, each to the partition that it leaves as a remainder.</summary>
    public static async Task ProduceAsync(string bootstrap, string topic, int partitions, int first, int count)
    {
        using var producer = new ProducerBuilder<Null, string>(new ProducerConfig { BootstrapServers = bootstrap, EnableIdempotence = true, LingerMs = 0 }).Build();
        await Task.WhenAll(Enumerable.Range(first, count)
            .Select(number => producer.ProduceAsync(new TopicPartition(topic, number % partitions), new() { Value = $"{number}" })));
    }
}
