using Confluent.Kafka;

namespace Moldau.Conformance.Clients;

public sealed class ConfluentConsumeTests(ClientBroker broker)
{
    [Fact]
    public async Task A_group_resumes_where_it_committed()
    {
        string topic = await FilledAsync("resume", records: 10);
        string group = broker.NewName("group");
        using (var first = Subscribe(group, topic))
        {
            for (int i = 0; i < 4; i++) first.Commit(Next(first));
            first.Close();
        }
        using var second = Subscribe(group, topic);
        Assert.Equal("4", Next(second).Message.Value);
        second.Close();
    }

    [Fact]
    public async Task Committed_offsets_and_their_metadata_are_read_back()
    {
        string topic = await FilledAsync("committed", records: 3);
        using var consumer = Subscribe(broker.NewName("group"), topic);
        Next(consumer);
        consumer.Commit([new TopicPartitionOffset(topic, 0, 2)]);
        var committed = Assert.Single(consumer.Committed([new TopicPartition(topic, 0)], TimeSpan.FromSeconds(10)));
        Assert.Equal(2, committed.Offset.Value);
        consumer.Close();
    }

    [Fact]
    public async Task Two_members_share_the_partitions_and_the_one_that_stays_takes_over()
    {
        string topic = await FilledAsync("shared", records: 400, partitions: 4);
        string group = broker.NewName("group");
        using var first = Subscribe(group, topic);
        await Eventually.IsAsync(4, () => Poll(first).Assignment.Count);
        using var second = Subscribe(group, topic);
        await Eventually.IsAsync((2, 2), () => (Poll(first).Assignment.Count, Poll(second).Assignment.Count));
        Assert.Empty(first.Assignment.Intersect(second.Assignment));
        first.Close();
        await Eventually.IsAsync(4, () => Poll(second).Assignment.Count);
        second.Close();
    }

    [Fact]
    public async Task A_group_of_two_reads_every_record_once()
    {
        string topic = await FilledAsync("once", records: 400, partitions: 4);
        string group = broker.NewName("group");
        using var first = Subscribe(group, topic);
        using var second = Subscribe(group, topic);
        var seen = new List<string>();
        await Eventually.IsAsync(true, () =>
        {
            foreach (var consumer in (IConsumer<string, string>[])[first, second])
            {
                while (consumer.Consume(TimeSpan.FromMilliseconds(50)) is { } result) seen.Add(result.Message.Value);
            }
            return seen.Distinct().Count() == 400;
        });
        first.Close();
        second.Close();
    }

    [Fact]
    public async Task Offsets_are_found_by_time()
    {
        string topic = await broker.CreateTopicAsync("times");
        using (var producer = new ProducerBuilder<Null, string>(new ProducerConfig { BootstrapServers = broker.Bootstrap }).Build())
        {
            for (int i = 0; i < 10; i++)
                await producer.ProduceAsync(topic, new() { Value = $"{i}", Timestamp = new Timestamp(1_700_000_000_000 + (i * 1000), TimestampType.CreateTime) });
        }
        using var consumer = Consumer(broker.NewName("group"));
        var asked = new TopicPartitionTimestamp(topic, 0, new Timestamp(1_700_000_004_500, TimestampType.CreateTime));
        Assert.Equal(5, Assert.Single(consumer.OffsetsForTimes([asked], TimeSpan.FromSeconds(10))).Offset.Value);
        var bounds = consumer.QueryWatermarkOffsets(new TopicPartition(topic, 0), TimeSpan.FromSeconds(10));
        Assert.Equal((0, 10), (bounds.Low.Value, bounds.High.Value));
    }

    [Fact]
    public async Task Reading_can_start_in_the_middle_of_a_batch()
    {
        string topic = await broker.CreateTopicAsync("middle");
        using (var producer = new ProducerBuilder<Null, string>(new ProducerConfig { BootstrapServers = broker.Bootstrap, LingerMs = 200 }).Build())
        {
            for (int i = 0; i < 100; i++) producer.Produce(topic, new() { Value = $"{i}" });
            producer.Flush(TimeSpan.FromSeconds(30));
        }
        using var consumer = Consumer(broker.NewName("group"));
        consumer.Assign(new TopicPartitionOffset(topic, 0, 57));
        Assert.Equal("57", Next(consumer).Message.Value);
    }

    private async Task<string> FilledAsync(string stem, int records, int partitions = 1)
    {
        string topic = await broker.CreateTopicAsync(stem, partitions);
        using var producer = new ProducerBuilder<Null, string>(new ProducerConfig { BootstrapServers = broker.Bootstrap }).Build();
        var sent = Enumerable.Range(0, records).Select(i => producer.ProduceAsync(new TopicPartition(topic, i % partitions), new() { Value = $"{i}" })).ToList();
        producer.Flush(TimeSpan.FromSeconds(30));
        await Task.WhenAll(sent);
        return topic;
    }

    private IConsumer<string, string> Consumer(string group) => new ConsumerBuilder<string, string>(new ConsumerConfig
    {
        BootstrapServers = broker.Bootstrap,
        GroupId = group,
        AutoOffsetReset = AutoOffsetReset.Earliest,
        EnableAutoCommit = false,
        SessionTimeoutMs = 10_000,
        HeartbeatIntervalMs = 500,
    }).Build();

    private IConsumer<string, string> Subscribe(string group, string topic)
    {
        var consumer = Consumer(group);
        consumer.Subscribe(topic);
        return consumer;
    }

    private static ConsumeResult<string, string> Next(IConsumer<string, string> consumer) =>
        consumer.Consume(TimeSpan.FromSeconds(30)) ?? throw new TimeoutException("No record came within 30 s.");

    /// <summary>Rebalances are worked off inside Consume.</summary>
    private static IConsumer<string, string> Poll(IConsumer<string, string> consumer)
    {
        consumer.Consume(TimeSpan.FromMilliseconds(100));
        return consumer;
    }
}
