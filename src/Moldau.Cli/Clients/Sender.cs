using Confluent.Kafka;

namespace Moldau.Cli.Clients;

/// <summary>What became of one message.</summary>
internal readonly record struct Delivery(string Topic, int Partition, long Offset, Error? Failure)
{
    /// <summary>The how many-eth message of its sender it is, from 1 on.</summary>
    public long Number { get; init; }

    /// <summary>Null where it was refused unread.</summary>
    public byte[]? Text { get; init; }
}

/// <summary>Sends messages to one topic, each once and in order; waits when too much is under way, and counts what was lost.</summary>
internal sealed class Sender : IDisposable
{
    /// <summary>Memory for messages under way.</summary>
    private const int BufferKilobytesMax = 64 * 1_024;

    /// <summary>So long a message is tried; the same as in Kafka's own producer.</summary>
    private const int DeliveryTimeoutMs = 120_000;

    /// <summary>The most that the client library can be set to: how large a message may be is the broker's to say.</summary>
    private const int MessageBytesMax = 1_000_000_000;

    private static readonly TimeSpan WaitForRoom = TimeSpan.FromMilliseconds(100);

    private readonly IProducer<Null, byte[]> _producer;
    private readonly string _topic;
    private readonly Action<Delivery> _report;
    private readonly Trouble _trouble;
    private readonly object _settled = new();
    private long _sent;
    private long _delivered;
    private long _failed;

    public Sender(ProducerConfig config, string topic, Action<Delivery> report, Trouble trouble)
    {
        _topic = topic;
        _report = report;
        _trouble = trouble;
        _producer = new ProducerBuilder<Null, byte[]>(config)
            .SetLogHandler((_, line) => trouble.Read(line))
            .SetErrorHandler((_, error) => trouble.Tell(error))
            .Build();
    }

    public long Delivered => Interlocked.Read(ref _delivered);

    public long Failed => Interlocked.Read(ref _failed);

    public long UnderWay => Interlocked.Read(ref _sent) - Delivered - Failed;

    public static ProducerConfig Config(Connection connection) => new(connection.ToConfig())
    {
        EnableIdempotence = true, // Includes acks=all: what is reported as delivered is on the broker's disk.
        LingerMs = 1, // A person waits for the answer; a pipe still fills batches while one is under way.
        MessageTimeoutMs = DeliveryTimeoutMs,
        MessageMaxBytes = MessageBytesMax,
        QueueBufferingMaxKbytes = BufferKilobytesMax,
        Debug = ProduceLog.Context,
    };

    public void Send(byte[] text)
    {
        long number = Interlocked.Increment(ref _sent);
        while (true)
        {
            try
            {
                _producer.Produce(_topic, new Message<Null, byte[]> { Value = text }, report => Report(report, number));
                return;
            }
            catch (ProduceException<Null, byte[]> e) when (e.Error.Code == ErrorCode.Local_QueueFull)
            {
                _producer.Flush(WaitForRoom);
            }
            catch (ProduceException<Null, byte[]> e)
            {
                // Refused before it was sent.
                Count(new Delivery(_topic, Partition.Any, Offset.Unset, e.Error) { Number = number, Text = text });
                return;
            }
        }
    }

    /// <summary>A message that could not even be handed over counts as lost.</summary>
    public void Refuse(string reason)
    {
        long number = Interlocked.Increment(ref _sent);
        Count(new Delivery(_topic, Partition.Any, Offset.Unset, new Error(ErrorCode.Local_Application, reason)) { Number = number });
    }

    /// <summary>
    /// Waits until each message is delivered or has failed for good. Not by the client library's own flush: that looks once in ten
    /// milliseconds, and whoever sends line by line would wait as long for each.
    /// </summary>
    public void Flush()
    {
        lock (_settled)
        {
            while (UnderWay > 0)
            {
                Monitor.Wait(_settled);
            }
        }
    }

    public void Dispose() => _producer.Dispose();

    private void Report(DeliveryReport<Null, byte[]> report, long number)
    {
        var failure = report.Error.IsError ? report.Error : null;
        if (failure is null)
        {
            _trouble.GoesWell();
        }

        Count(new Delivery(report.Topic, report.Partition.Value, report.Offset.Value, failure) { Number = number, Text = report.Message.Value });
    }

    private void Count(Delivery delivery)
    {
        try
        {
            // Told before it is counted: whoever sees that nothing is under way has seen every report.
            _report(delivery);
        }
        finally
        {
            Interlocked.Increment(ref delivery.Failure is null ? ref _delivered : ref _failed);
            lock (_settled)
            {
                Monitor.PulseAll(_settled);
            }
        }
    }
}
