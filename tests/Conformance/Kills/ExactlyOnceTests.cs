using Confluent.Kafka;
using Moldau.Conformance.Clients;
using Moldau.TestKit;

namespace Moldau.Conformance.Kills;

/// <summary>
/// Reads, doubles and writes numbers in transactions while the broker is killed with kill -9 again and again. In the end every number was
/// doubled once, to the record.
/// </summary>
public sealed class ExactlyOnceTests(ITestOutputHelper output)
{
    private const int Partitions = 3, NumbersOfRound = 300, NumbersOfTransaction = 20, Seed = 11;
    private const int TransactionsBeforeKillMax = 10; // Of fifteen: the kill meets one of the others, as a rule.
    private const string Input = "numbers", Output = "doubled", Group = "doubler", TransactionalId = "doubler-0";

    private static readonly TimeSpan ClientPatience = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Patience = 3 * ClientPatience;

    [Fact]
    public async Task Every_number_is_processed_once_though_the_broker_is_killed_in_between()
    {
        int rounds = Searches.Rounds(4, atMost: 150);
        var random = new Random(Seed);
        var directory = Directory.CreateTempSubdirectory("moldau-exactly-once-");
        for (int round = 0; round < rounds; round++)
        {
            using var broker = await BrokerProcess.StartAsync(directory.FullName);
            if (round == 0) await NumberTopics.CreateAsync(broker.Bootstrap, Partitions, Input, Output);
            await NumberTopics.ProduceAsync(broker.Bootstrap, Input, Partitions, round * NumbersOfRound, NumbersOfRound);
            using var stop = new CancellationTokenSource();
            int before = random.Next(TransactionsBeforeKillMax);
            var enough = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            var processing = Task.Run(() => Process(broker.Bootstrap, stop.Token, numbers =>
            {
                if (numbers > 0 && Interlocked.Decrement(ref before) <= 0) enough.TrySetResult();
            }));
            // The client is left to itself after that: how long it takes to give up a broker that is gone is its own affair.
            if (await Task.WhenAny(enough.Task, processing).WaitAsync(Patience) == processing) await processing;
            await broker.KillAsync();
            await stop.CancelAsync();
        }
        using var last = await BrokerProcess.StartAsync(directory.FullName);
        using var done = new CancellationTokenSource(Patience);
        Process(last.Bootstrap, done.Token, numbers =>
        {
            // The kills leave much to do, so only a standstill counts as too long.
            if (numbers > 0) done.CancelAfter(Patience);
            else if (Doubled(last.Bootstrap).Count >= rounds * NumbersOfRound) done.Cancel();
        });

        var doubled = Doubled(last.Bootstrap);
        Assert.Equal(Enumerable.Range(0, rounds * NumbersOfRound).Select(number => number * 2), doubled.Order());
        output.WriteLine($"{rounds} kills of the broker amid transactions, {doubled.Count} numbers, none lost and none twice");
        await last.KillAsync();
        directory.Delete(recursive: true);
    }

    /// <summary>Goes on from what is committed until it is told to stop, or cannot go on since the broker is gone.</summary>
    private static void Process(string bootstrap, CancellationToken stop, Action<int> committed)
    {
        using var producer = new ProducerBuilder<Null, string>(new ProducerConfig
        {
            BootstrapServers = bootstrap,
            TransactionalId = TransactionalId,
            TransactionTimeoutMs = 10_000,
            MessageTimeoutMs = 5_000,
        }).SetErrorHandler((_, _) => { }).SetLogHandler((_, _) => { }).Build();
        using var consumer = new ConsumerBuilder<Ignore, string>(new ConsumerConfig
        {
            BootstrapServers = bootstrap,
            GroupId = Group,
            EnableAutoCommit = false,
            AutoOffsetReset = AutoOffsetReset.Earliest,
        }).SetErrorHandler((_, _) => { }).SetLogHandler((_, _) => { }).Build();
        try
        {
            producer.InitTransactions(ClientPatience);
            // Without the ceremony of a group: what counts here are its offsets.
            consumer.Assign(Enumerable.Range(0, Partitions).Select(partition => new TopicPartitionOffset(Input, partition, Offset.Stored)));
            while (!stop.IsCancellationRequested) Transact(producer, consumer, stop, committed);
        }
        catch (Exception gone) when (gone is KafkaException or OperationCanceledException)
        {
            Assert.True(stop.IsCancellationRequested || gone is KafkaException { Error.IsBrokerError: false }, $"{gone}");
        }
    }

    private static void Transact(IProducer<Null, string> producer, IConsumer<Ignore, string> consumer, CancellationToken stop, Action<int> committed)
    {
        producer.BeginTransaction();
        var next = new Dictionary<TopicPartition, Offset>();
        for (int count = 0; count < NumbersOfTransaction && !stop.IsCancellationRequested; count++)
        {
            if (consumer.Consume(TimeSpan.FromMilliseconds(100)) is not { } record) break;
            producer.Produce(new TopicPartition(Output, record.Partition), new() { Value = $"{int.Parse(record.Message.Value) * 2}" });
            next[record.TopicPartition] = record.Offset + 1;
        }
        if (next.Count > 0) producer.SendOffsetsToTransaction(next.Select(at => new TopicPartitionOffset(at.Key, at.Value)), consumer.ConsumerGroupMetadata, TimeSpan.FromSeconds(5));
        producer.CommitTransaction(TimeSpan.FromSeconds(5));
        committed(next.Count);
    }

    private static List<int> Doubled(string bootstrap) =>
        [.. TopicReader.ReadAll(new ClientConfig { BootstrapServers = bootstrap }, Output, Partitions).Select(record => int.Parse(record.Message.Value!))];
}
