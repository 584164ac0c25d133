using Confluent.Kafka;

namespace Moldau.Conformance.Kills;

/// <summary>
/// Kills the broker with kill -9 again and again while it is under load, and checks after each restart that every record that was ever
/// acknowledged or read is still where it was.
/// </summary>
[Collection(nameof(KillTests))]
[CollectionDefinition(nameof(KillTests), DisableParallelization = true)]
public sealed class KillTests(ITestOutputHelper output)
{
    private const string Topic = "kills";
    private const int Partitions = 8;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private static readonly int Kills = KillSettings.Kills, Seed = KillSettings.Seed;

    /// <summary>How often all is read again, and not only what is new: all each time would make many kills take the square of their number.</summary>
    private const int WholeReadEvery = 10;

    private readonly KillHistory _history = new();

    /// <summary>For each partition, up to where it was read already.</summary>
    private readonly long[] _readTo = new long[Partitions];

    [Fact]
    public async Task No_acknowledged_record_is_lost_when_the_broker_is_killed()
    {
        var random = new Random(Seed);
        var directory = Directory.CreateTempSubdirectory("moldau-kills-");
        int next = 0;
        for (int round = 0; round < Kills; round++)
        {
            using var broker = await BrokerProcess.StartAsync(directory.FullName);
            var broken = FindBroken(broker.Bootstrap, isWhole: round % WholeReadEvery == 0).Take(5).ToList();
            Assert.True(broken.Count == 0, $"Seed {Seed}, round {round}, {directory.FullName}:\n{string.Join('\n', broken)}");
            next = await KillUnderLoadAsync(broker, next, acknowledgedMin: random.Next(1, 3000));
        }
        using (var last = await BrokerProcess.StartAsync(directory.FullName))
        {
            Assert.Empty(FindBroken(last.Bootstrap, isWhole: true).Take(5));
            await last.KillAsync();
        }
        output.WriteLine($"{Kills} kills under load with seed {Seed}: all of {_history.Records} records kept");
        directory.Delete(recursive: true);
    }

    /// <summary>Sends as fast as the client can and kills the broker once so many records are acknowledged, with others under way.</summary>
    private async Task<int> KillUnderLoadAsync(BrokerProcess broker, int next, int acknowledgedMin)
    {
        var config = new ProducerConfig
        {
            BootstrapServers = broker.Bootstrap,
            Acks = Acks.All,
            LingerMs = 1,
            MessageSendMaxRetries = 0, // A record that is sent twice might be stored twice, and one promise would stand for both.
            QueueBufferingMaxMessages = 2000,
        };
        using var producer = new ProducerBuilder<Null, string>(config).SetLogHandler((_, _) => { }).SetErrorHandler((_, _) => { }).Build();
        var enough = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var stop = new CancellationTokenSource();
        int acknowledged = 0;
        void OnDelivery(DeliveryReport<Null, string> report)
        {
            if (report.Error.IsError) return;
            _history.Acknowledged(report);
            if (Interlocked.Increment(ref acknowledged) == acknowledgedMin) enough.TrySetResult();
        }
        var sending = Task.Run(() => Send(producer, next, OnDelivery, stop.Token));
        try
        {
            await enough.Task.WaitAsync(Patience);
        }
        finally
        {
            await broker.KillAsync();
            await stop.CancelAsync();
        }
        return await sending;
    }

    private static int Send(IProducer<Null, string> producer, int next, Action<DeliveryReport<Null, string>> onDelivery, CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            try
            {
                producer.Produce(new TopicPartition(Topic, next % Partitions), new() { Value = $"record {next} {new string('.', next % 300)}" }, onDelivery);
                next++;
            }
            catch (ProduceException<Null, string> e) when (e.Error.Code == Confluent.Kafka.ErrorCode.Local_QueueFull)
            {
                Thread.Yield();
            }
        }
        return next;
    }

    private IEnumerable<string> FindBroken(string bootstrap, bool isWhole)
    {
        long[] from = isWhole ? new long[Partitions] : [.. _readTo];
        return _history.Broken(Read(bootstrap, from), from);
    }

    private Dictionary<(int Partition, long Offset), string> Read(string bootstrap, long[] from)
    {
        var records = new Dictionary<(int Partition, long Offset), string>();
        EnsureTopic(bootstrap);
        var config = new ConsumerConfig { BootstrapServers = bootstrap, GroupId = "kills", EnablePartitionEof = true, EnableAutoCommit = false };
        using var consumer = new ConsumerBuilder<Ignore, string>(config).Build();
        consumer.Assign(Enumerable.Range(0, Partitions).Select(partition => new TopicPartitionOffset(Topic, partition, from[partition])));
        for (int left = Partitions; left > 0;)
        {
            var result = consumer.Consume(Patience) ?? throw new TimeoutException($"Nothing came within {Patience.TotalSeconds} s, after {records.Count} records.");
            if (result.IsPartitionEOF)
            {
                left--;
                continue;
            }
            _history.Shown(result);
            records[(result.Partition.Value, result.Offset.Value)] = result.Message.Value;
            _readTo[result.Partition.Value] = result.Offset.Value + 1;
        }
        return records;
    }

    private static void EnsureTopic(string bootstrap)
    {
        using var admin = new AdminClientBuilder(new AdminClientConfig { BootstrapServers = bootstrap }).Build();
        if (admin.GetMetadata(Patience).Topics.Any(topic => topic.Topic == Topic)) return;
        admin.CreateTopicsAsync([new() { Name = Topic, NumPartitions = Partitions, ReplicationFactor = 1 }]).GetAwaiter().GetResult();
    }
}
