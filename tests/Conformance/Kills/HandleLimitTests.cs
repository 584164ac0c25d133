using System.Diagnostics;
using System.Globalization;
using Confluent.Kafka;
using Confluent.Kafka.Admin;
using Moldau.Conformance.Clients;

namespace Moldau.Conformance.Kills;

/// <summary>Takes the broker's file handles away while it needs more of them, as an administrator's limit would.</summary>
public sealed class HandleLimitTests
{
    private const string Topic = "many";
    private const int Partitions = 150;

    // Each partition that is written to needs at least one.
    private const int SpareHandles = 30;
    private const int Plenty = 4096;

    private const string Prlimit = "/usr/bin/prlimit";

    [Fact]
    public async Task Without_file_handles_what_is_produced_waits_until_there_are_some_and_then_survives_a_kill()
    {
        Assert.SkipUnless(File.Exists(Prlimit), "no prlimit here");
        var directory = Directory.CreateTempSubdirectory("moldau-handles-");
        using (var broker = await BrokerProcess.StartAsync(directory.FullName))
        {
            await CreateTopicAsync(broker);
            using var producer = Producer(broker);
            // Connected before there is no handle left to accept it with.
            await producer.ProduceAsync(new TopicPartition(Topic, 0), Message(0));
            int limit = broker.HandleCount + SpareHandles;
            await LimitAsync(broker, limit);
            var sent = Enumerable.Range(0, Partitions).Select(partition => producer.ProduceAsync(new TopicPartition(Topic, partition), Message(partition))).ToArray();
            await Eventually.IsAsync(true, () => broker.HandleCount >= limit - 1);
            Assert.Contains(sent, record => !record.IsCompleted);

            await LimitAsync(broker, Plenty);

            await Task.WhenAll(sent);
            await broker.KillAsync();
        }
        using (var broker = await BrokerProcess.StartAsync(directory.FullName))
        {
            var records = TopicReader.ReadAll(new ClientConfig { BootstrapServers = broker.Bootstrap }, Topic, Partitions);
            Assert.Equal(Enumerable.Range(0, Partitions).Prepend(0), records.Select(record => record.Partition.Value));
            Assert.All(records, record => Assert.Equal(Message(record.Partition).Value, record.Message.Value));
            await broker.KillAsync();
        }
        directory.Delete(recursive: true);
    }

    private static Message<Null, string> Message(int partition) => new() { Value = partition.ToString(CultureInfo.InvariantCulture) };

    private static IProducer<Null, string> Producer(BrokerProcess broker) =>
        new ProducerBuilder<Null, string>(new ProducerConfig { BootstrapServers = broker.Bootstrap, EnableIdempotence = true }).SetLogHandler((_, _) => { }).Build();

    private static async Task CreateTopicAsync(BrokerProcess broker)
    {
        using var admin = new AdminClientBuilder(new AdminClientConfig { BootstrapServers = broker.Bootstrap }).Build();
        await admin.CreateTopicsAsync([new TopicSpecification { Name = Topic, NumPartitions = Partitions, ReplicationFactor = 1 }]);
    }

    /// <summary>Sets the soft limit, which may be raised again.</summary>
    private static async Task LimitAsync(BrokerProcess broker, int handles)
    {
        using var process = Process.Start(Prlimit, [$"--pid={broker.Id}", $"--nofile={handles}:"]);
        await process.WaitForExitAsync();
        Assert.Equal(0, process.ExitCode);
    }
}
