using Confluent.Kafka;

namespace Moldau.Conformance.Clients;

/// <summary>Transactions as Confluent.Kafka (librdkafka) uses them: the first version of the protocol, with partitions that are added before they are written.</summary>
public sealed class ConfluentTransactionTests(ClientBroker broker)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task Committed_records_are_read_and_aborted_ones_are_not()
    {
        string topic = await broker.CreateTopicAsync("transactions", partitions: 2);
        using var producer = Producer(broker.NewName("tx"));
        for (int round = 0; round < 10; round++)
        {
            producer.BeginTransaction();
            for (int partition = 0; partition < 2; partition++) Produce(producer, topic, partition, $"{round}");
            if (round % 3 == 2) producer.AbortTransaction(Patience);
            else producer.CommitTransaction(Patience);
        }

        var read = TopicReader.ReadAll(broker, topic, partitions: 2);

        string[] expected = ["0", "1", "3", "4", "6", "7", "9"];
        Assert.Equal([.. expected, .. expected], read.Select(record => record.Message.Value));
    }

    [Fact]
    public async Task Uncommitted_records_are_seen_by_those_who_ask_for_them_only()
    {
        string topic = await broker.CreateTopicAsync("isolation");
        using var producer = Producer(broker.NewName("tx"));
        producer.BeginTransaction();
        Produce(producer, topic, 0, "open");
        producer.Flush(Patience);

        var uncommitted = new ClientConfig { BootstrapServers = broker.Bootstrap };
        Assert.Equal(["open"], TopicReader.ReadAll(new ConsumerConfig(uncommitted) { IsolationLevel = IsolationLevel.ReadUncommitted }, topic).Select(record => record.Message.Value));
        Assert.Empty(TopicReader.ReadAll(broker, topic));

        producer.CommitTransaction(Patience);
        Assert.Equal(["open"], TopicReader.ReadAll(broker, topic).Select(record => record.Message.Value));
    }

    [Fact]
    public async Task A_second_instance_fences_the_first_and_aborts_what_it_left_open()
    {
        string topic = await broker.CreateTopicAsync("fencing");
        string id = broker.NewName("tx");
        using var first = Producer(id);
        first.BeginTransaction();
        Produce(first, topic, 0, "of the first");
        first.Flush(Patience);

        using var second = Producer(id);
        second.BeginTransaction();
        Produce(second, topic, 0, "of the second");
        second.CommitTransaction(Patience);

        var fenced = Assert.ThrowsAny<KafkaException>(() => first.CommitTransaction(Patience));
        Assert.True(fenced.Error.IsFatal, $"{fenced.Error.Code}: {fenced.Error.Reason}");
        Assert.Equal(["of the second"], TopicReader.ReadAll(broker, topic).Select(record => record.Message.Value));
    }

    [Fact]
    public async Task Offsets_that_are_sent_to_a_transaction_count_with_it()
    {
        string input = await broker.CreateTopicAsync("eos-in"), output = await broker.CreateTopicAsync("eos-out"), group = broker.NewName("eos");
        using (var seed = new ProducerBuilder<Null, string>(new ProducerConfig { BootstrapServers = broker.Bootstrap }).Build())
        {
            for (int number = 0; number < 20; number++) await seed.ProduceAsync(input, new() { Value = $"{number}" });
        }
        using var producer = Producer(broker.NewName("tx"));
        using var consumer = new ConsumerBuilder<Ignore, string>(new ConsumerConfig
        {
            BootstrapServers = broker.Bootstrap,
            GroupId = group,
            EnableAutoCommit = false,
            AutoOffsetReset = AutoOffsetReset.Earliest,
        }).Build();
        consumer.Subscribe(input);

        var at = Process(aborts: true);
        Assert.Equal(Offset.Unset, consumer.Committed([at], Patience)[0].Offset);
        consumer.Seek(new TopicPartitionOffset(at, 0));
        Process(aborts: false);

        Assert.Equal(20, consumer.Committed([at], Patience)[0].Offset.Value);
        Assert.Equal(Enumerable.Range(0, 20).Select(number => $"{number * 2}"), TopicReader.ReadAll(broker, output).Select(record => record.Message.Value));
        consumer.Close();

        TopicPartition Process(bool aborts)
        {
            producer.BeginTransaction();
            TopicPartitionOffset next = new(input, 0, 0);
            while (next.Offset < 20)
            {
                var record = consumer.Consume(Patience) ?? throw new TimeoutException($"Nothing came from {input} after {next}.");
                Produce(producer, output, 0, $"{int.Parse(record.Message.Value) * 2}");
                next = new(record.TopicPartition, record.Offset + 1);
            }
            producer.SendOffsetsToTransaction([next], consumer.ConsumerGroupMetadata, Patience);
            if (aborts) producer.AbortTransaction(Patience);
            else producer.CommitTransaction(Patience);
            return next.TopicPartition;
        }
    }

    private static void Produce(IProducer<Null, string> producer, string topic, int partition, string value) =>
        producer.Produce(new TopicPartition(topic, partition), new Message<Null, string> { Value = value });

    private IProducer<Null, string> Producer(string transactionalId)
    {
        var producer = new ProducerBuilder<Null, string>(new ProducerConfig { BootstrapServers = broker.Bootstrap, TransactionalId = transactionalId }).Build();
        producer.InitTransactions(Patience);
        return producer;
    }
}
