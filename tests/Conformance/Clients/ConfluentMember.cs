using System.Diagnostics;
using Confluent.Kafka;

namespace Moldau.Conformance.Clients;

/// <summary>
/// Confluent.Kafka as a program of its own, one member of a group that writes every record once:
/// <c>transform SETTINGS BOOTSTRAP GROUP COUNT SOURCE TARGET</c> does so many records, and leaves;
/// <c>work SETTINGS BOOTSTRAP GROUP NAME SOURCE TARGET</c> goes on until it is killed or fails, and says how far it is.
/// </summary>
internal sealed class ConfluentMember : IDisposable
{
    /// <summary>Settings of librdkafka that make a member of one kind or another.</summary>
    public const string ByConsumerProtocol = "group.protocol=consumer";

    public const string Eager = "session.timeout.ms=6000,heartbeat.interval.ms=500";

    public const string Cooperative = Eager + ",partition.assignment.strategy=cooperative-sticky";

    /// <summary>Added to the others: a static member, by the name that it works under.</summary>
    public const string Static = ",group.instance.id=" + NamePlace;

    private const string NamePlace = "NAME";

    private const int RecordsOfTransaction = 10, AbortsEvery = 4, TransactionTimeoutMs = 10_000, ReconnectBackoffMaxMs = 500;

    private static readonly TimeSpan Wait = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(45);

    private readonly string _target;
    private readonly IConsumer<Ignore, string> _consumer;
    private readonly IProducer<Null, string> _producer;

    /// <summary>What was read and is not written yet, without what a rebalance has taken since.</summary>
    private readonly List<ConsumeResult<Ignore, string>> _batch = [];

    private ConfluentMember(ConsumerConfig consumer, string transactionalId, string source, string target)
    {
        _target = target;
        _producer = new ProducerBuilder<Null, string>(new ProducerConfig
        {
            BootstrapServers = consumer.BootstrapServers,
            TransactionalId = transactionalId,
            TransactionTimeoutMs = TransactionTimeoutMs,
            ReconnectBackoffMaxMs = ReconnectBackoffMaxMs,
            // Once all brokers were down, the client's other way throws its connections away but asks one of these for the group's coordinator for ever.
            MetadataRecoveryStrategy = MetadataRecoveryStrategy.None,
        }).Build();
        _producer.InitTransactions(Patience);
        _consumer = new ConsumerBuilder<Ignore, string>(consumer)
            .SetPartitionsRevokedHandler((_, taken) => Forget(taken))
            .SetPartitionsLostHandler((_, taken) => Forget(taken))
            .Build();
        _consumer.Subscribe(source);
    }

    public static int Run(string[] arguments)
    {
        try
        {
            switch (arguments)
            {
                case ["transform", var settings, var bootstrap, var group, var count, var source, var target]:
                    // Offsets are fenced by the member's generation or epoch, so each member may have an id of its own.
                    using (var member = new ConfluentMember(Config(settings, bootstrap, group), $"{group}-{Environment.ProcessId}", source, target))
                        member.Transform(int.Parse(count));
                    return 0;
                case ["work", var settings, var bootstrap, var group, var name, var source, var target]:
                    using (var member = new ConfluentMember(Config(settings.Replace(NamePlace, name), bootstrap, group), name, source, target))
                        member.Work();
                    return 0;
                default:
                    throw new ArgumentException($"Not understood: {string.Join(' ', arguments)}");
            }
        }
        catch (Exception e) when (e is KafkaException or TimeoutException or ArgumentException)
        {
            Console.Error.WriteLine(e);
            return 1;
        }
    }

    public void Dispose()
    {
        _consumer.Dispose();
        _producer.Dispose();
    }

    private static ConsumerConfig Config(string settings, string bootstrap, string group)
    {
        var config = new ConsumerConfig
        {
            BootstrapServers = bootstrap,
            GroupId = group,
            AutoOffsetReset = AutoOffsetReset.Earliest,
            EnableAutoCommit = false,
            ReconnectBackoffMaxMs = ReconnectBackoffMaxMs,
        };
        foreach (string setting in settings.Split(','))
        {
            string[] parts = setting.Split('=');
            config.Set(parts[0], parts[1]);
        }
        return config;
    }

    private void Transform(int count)
    {
        long begun = Stopwatch.GetTimestamp();
        int done = 0, rounds = 0;
        while (done < count)
        {
            if (Stopwatch.GetElapsedTime(begun) > Patience) throw new TimeoutException($"Only {done} of {count} records came within {Patience.TotalSeconds} s.");
            Read(Math.Min(RecordsOfTransaction, count - done));
            if (_batch.Count > 0) done += Write(aborts: ++rounds % AbortsEvery == 0);
            _batch.Clear();
        }
        _consumer.Close();
        Console.WriteLine($"done {done}");
    }

    private void Work()
    {
        while (true)
        {
            Read(RecordsOfTransaction);
            if (_batch.Count > 0) Console.WriteLine(Write(aborts: false));
            _batch.Clear();
        }
    }

    /// <summary>Rebalances are worked off inside Consume.</summary>
    private void Read(int countMax)
    {
        while (_batch.Count < countMax && _consumer.Consume(Wait) is { } record) _batch.Add(record);
    }

    private void Forget(List<TopicPartitionOffset> taken) =>
        _batch.RemoveAll(record => taken.Exists(partition => partition.TopicPartition == record.TopicPartition));

    /// <summary>How many records count now that did not before.</summary>
    private int Write(bool aborts)
    {
        Console.WriteLine("read");
        try
        {
            _producer.BeginTransaction();
            foreach (var record in _batch) _producer.Produce(_target, new() { Value = record.Message.Value });
            _producer.Flush(Patience);
            Console.WriteLine("written");
            var ends = _batch.GroupBy(record => record.TopicPartition, (partition, records) => new TopicPartitionOffset(partition, records.Last().Offset + 1));
            _producer.SendOffsetsToTransaction(ends, _consumer.ConsumerGroupMetadata, Patience);
            Console.WriteLine("sent");
            if (!aborts)
            {
                _producer.CommitTransaction(Patience);
                return _batch.Count;
            }
        }
        catch (KafkaTxnRequiresAbortException)
        {
            // The group has gone on, and this member has not heard of it yet.
        }
        _producer.AbortTransaction(Patience);
        foreach (var first in _batch.DistinctBy(record => record.TopicPartition)) _consumer.Seek(first.TopicPartitionOffset);
        return 0;
    }
}
