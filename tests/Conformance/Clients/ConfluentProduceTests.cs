using System.Text;
using Confluent.Kafka;

namespace Moldau.Conformance.Clients;

public sealed class ConfluentProduceTests(ClientBroker broker)
{
    private const int Records = 1000;

    [Fact]
    public void The_client_is_the_packaged_one_and_not_an_older_one_of_the_system() =>
        Assert.True(new Version(Library.VersionString.Split('-')[0]) >= new Version(2, 10), $"librdkafka {Library.VersionString}");

    [Theory]
    [InlineData(CompressionType.None)]
    [InlineData(CompressionType.Gzip)]
    [InlineData(CompressionType.Snappy)]
    [InlineData(CompressionType.Lz4)]
    [InlineData(CompressionType.Zstd)]
    public async Task Records_come_back_as_they_were_produced(CompressionType codec)
    {
        string topic = await broker.CreateTopicAsync($"codec-{codec}");
        var config = new ProducerConfig { BootstrapServers = broker.Bootstrap, CompressionType = codec, Acks = Acks.All, LingerMs = 20 };
        var delivered = await ProduceAsync(config, topic);

        var records = TopicReader.ReadAll(broker, topic);
        Assert.Equal(Records, records.Count);
        for (int i = 0; i < Records; i++)
        {
            Assert.Equal((i, $"key {i}", Value(i)), ((int)records[i].Offset.Value, records[i].Message.Key, records[i].Message.Value));
            Assert.Equal(delivered[i].Offset, records[i].Offset);
            Assert.Equal(Encoding.UTF8.GetBytes($"header {i}"), records[i].Message.Headers.GetLastBytes("h"));
            Assert.Equal(delivered[i].Timestamp.UnixTimestampMs, records[i].Message.Timestamp.UnixTimestampMs);
        }
    }

    [Theory]
    [InlineData(Acks.None)]
    [InlineData(Acks.Leader)]
    [InlineData(Acks.All)]
    public async Task Every_kind_of_acknowledgement_stores_everything(Acks acks)
    {
        string topic = await broker.CreateTopicAsync($"acks-{acks}");
        await ProduceAsync(new ProducerConfig { BootstrapServers = broker.Bootstrap, Acks = acks }, topic);
        // Nothing says when a record that was sent with acks=0 has arrived.
        await Eventually.IsAsync(Records, () => TopicReader.ReadAll(broker, topic).Count);
    }

    [Fact]
    public async Task An_idempotent_producer_stores_each_record_once_and_in_order()
    {
        string topic = await broker.CreateTopicAsync("idempotent");
        var config = new ProducerConfig { BootstrapServers = broker.Bootstrap, EnableIdempotence = true, LingerMs = 1, BatchNumMessages = 10 };
        await ProduceAsync(config, topic);
        Assert.Equal(Enumerable.Range(0, Records).Select(Value), TopicReader.ReadAll(broker, topic).Select(record => record.Message.Value));
    }

    [Fact]
    public async Task A_key_decides_the_partition_and_keeps_its_order()
    {
        string topic = await broker.CreateTopicAsync("partitions", partitions: 3);
        var config = new ProducerConfig { BootstrapServers = broker.Bootstrap, Partitioner = Partitioner.Murmur2Random };
        using var producer = new ProducerBuilder<string, string>(config).Build();
        await Task.WhenAll(Enumerable.Range(0, 300).Select(i => producer.ProduceAsync(topic, new() { Key = $"k{i % 10}", Value = $"{i}" })));

        var records = TopicReader.ReadAll(broker, topic, partitions: 3);
        Assert.Equal(300, records.Count);
        foreach (var ofKey in records.GroupBy(record => record.Message.Key))
        {
            Assert.Single(ofKey.Select(record => record.Partition).Distinct());
            int[] values = [.. ofKey.Select(record => int.Parse(record.Message.Value!, System.Globalization.CultureInfo.InvariantCulture))];
            Assert.Equal(values.Order(), values);
        }
    }

    [Fact]
    public async Task A_record_beyond_the_limit_is_refused_by_name_and_the_connection_stays()
    {
        string topic = await broker.CreateTopicAsync("too-large");
        var config = new ProducerConfig { BootstrapServers = broker.Bootstrap, MessageMaxBytes = 3_000_000 };
        using var producer = new ProducerBuilder<Null, string>(config).Build();
        var refused = await Assert.ThrowsAsync<ProduceException<Null, string>>(() => producer.ProduceAsync(topic, new() { Value = new string('x', 2_000_000) }));
        Assert.Equal(Confluent.Kafka.ErrorCode.MsgSizeTooLarge, refused.Error.Code);
        Assert.Equal(0, (await producer.ProduceAsync(topic, new() { Value = "small" })).Offset.Value);
    }

    [Fact]
    public async Task A_topic_is_made_when_a_producer_first_names_it()
    {
        string topic = broker.NewName("made-on-demand");
        using var producer = new ProducerBuilder<Null, string>(new ProducerConfig { BootstrapServers = broker.Bootstrap }).Build();
        await producer.ProduceAsync(topic, new() { Value = "first" });
        Assert.Equal("first", Assert.Single(TopicReader.ReadAll(broker, topic)).Message.Value);
    }

    private static async Task<DeliveryResult<string, string>[]> ProduceAsync(ProducerConfig config, string topic)
    {
        using var producer = new ProducerBuilder<string, string>(config).Build();
        var sent = Enumerable.Range(0, Records).Select(i => producer.ProduceAsync(topic, new()
        {
            Key = $"key {i}",
            Value = Value(i),
            Headers = [new Header("h", Encoding.UTF8.GetBytes($"header {i}"))],
        })).ToList();
        producer.Flush(TimeSpan.FromSeconds(30));
        return await Task.WhenAll(sent);
    }

    private static string Value(int i) => $"value {i} " + new string((char)('a' + (i % 26)), i % 100);
}
