// What a user of the package writes: tools/try-package builds this in a new project, against the package from a local feed.
using Confluent.Kafka;
using Moldau.Broker;

string directory = Directory.CreateTempSubdirectory("moldau-package-").FullName;
await using (var memory = await KafkaBroker.StartAsync(new KafkaBrokerOptions()))
await using (var disk = await KafkaBroker.StartAsync(new KafkaBrokerOptions { DataDirectory = directory }))
{
    await ProduceAsync(memory.BootstrapServers, "in memory");
    await ProduceAsync(disk.BootstrapServers, "on disk");
    Expect(Consume(memory.BootstrapServers), "in memory");
}

await using (var again = await KafkaBroker.StartAsync(new KafkaBrokerOptions { DataDirectory = directory }))
{
    Expect(Consume(again.BootstrapServers), "on disk");
}
Directory.Delete(directory, recursive: true);
Console.WriteLine("The package works: two brokers in one process, and one of them found its data after a restart.");

static async Task ProduceAsync(string servers, string value)
{
    using var producer = new ProducerBuilder<Null, string>(new ProducerConfig { BootstrapServers = servers, Acks = Acks.All, CompressionType = CompressionType.Lz4 }).Build();
    await producer.ProduceAsync("greetings", new Message<Null, string> { Value = value });
}

static string Consume(string servers)
{
    var config = new ConsumerConfig { BootstrapServers = servers, GroupId = "package", AutoOffsetReset = AutoOffsetReset.Earliest };
    using var consumer = new ConsumerBuilder<Ignore, string>(config).Build();
    consumer.Subscribe("greetings");
    string value = consumer.Consume(TimeSpan.FromSeconds(30))?.Message.Value ?? "nothing";
    consumer.Close();
    return value;
}

static void Expect(string actual, string expected)
{
    if (actual != expected) throw new InvalidOperationException($"Expected '{expected}', read '{actual}'.");
}
