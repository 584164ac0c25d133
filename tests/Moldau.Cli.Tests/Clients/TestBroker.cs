using Confluent.Kafka;
using Confluent.Kafka.Admin;
using Moldau.Broker;
using Moldau.Cli.Clients;

namespace Moldau.Cli.Tests.Clients;

/// <summary>A broker in memory, for one test, with what it needs to be found in it.</summary>
internal sealed class TestBroker : IAsyncDisposable
{
    private readonly KafkaBroker _broker;

    private TestBroker(KafkaBroker broker) => _broker = broker;

    public string Address => _broker.BootstrapServers;

    public Connection Connection => new(Address);

    public static async Task<TestBroker> StartAsync(params IEnumerable<KeyValuePair<string, string>> properties)
    {
        var options = new KafkaBrokerOptions { Port = 0 };
        foreach (var (key, value) in properties)
        {
            options.Properties[key] = value;
        }

        return new TestBroker(await KafkaBroker.StartAsync(options));
    }

    /// <summary>With one topic, of one partition unless said otherwise.</summary>
    public static async Task<TestBroker> WithTopicAsync(string topic, int partitions = 1, IEnumerable<KeyValuePair<string, string>>? settings = null)
    {
        var broker = await StartAsync(settings ?? []);
        using var admin = new AdminClientBuilder(new AdminClientConfig(broker.Connection.ToConfig())).Build();
        await admin.CreateTopicsAsync([new TopicSpecification { Name = topic, NumPartitions = partitions, ReplicationFactor = 1 }]);
        return broker;
    }

    /// <summary>Each text to its partition, a second apart, in this order.</summary>
    public async Task SendAsync(string topic, params IEnumerable<(int Partition, string Text)> messages)
    {
        using var producer = new ProducerBuilder<Null, string>(new ProducerConfig(Connection.ToConfig())).Build();
        var time = new DateTime(2026, 1, 1, 12, 0, 0, DateTimeKind.Utc);
        foreach (var (partition, text) in messages)
        {
            time = time.AddSeconds(1);
            var message = new Message<Null, string> { Value = text, Timestamp = new Timestamp(time) };
            await producer.ProduceAsync(new TopicPartition(topic, partition), message);
        }
    }

    /// <summary>A connection for what the client library has no words for.</summary>
    public Task<BrokerCall> CallAsync()
    {
        string[] address = Address.Split(':');
        return BrokerCall.ConnectAsync(Connection, address[0], int.Parse(address[1]), TestContext.Current.CancellationToken);
    }

    public ValueTask DisposeAsync() => _broker.DisposeAsync();
}
