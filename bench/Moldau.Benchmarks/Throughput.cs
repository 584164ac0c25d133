using System.Diagnostics;
using Confluent.Kafka;

namespace Moldau.Benchmarks;

/// <summary>One way of producing: what a row of the table is measured with.</summary>
internal sealed record Workload(int ValueBytes, Acks Acks, CompressionType Codec)
{
    public static IEnumerable<Workload> All =>
        from value in new[] { 100, 1024 }
        from acks in new[] { Acks.Leader, Acks.All }
        from codec in new[] { CompressionType.None, CompressionType.Lz4, CompressionType.Zstd }
        select new Workload(value, acks, codec);
}

/// <summary>What one round measured: client speed, and the broker's own CPU time over the payload.</summary>
internal sealed record Round(double ProduceMegabytesPerSecond, double ProduceCpu, double FetchMegabytesPerSecond, double FetchCpu);

/// <summary>Produces with an unmodified client, reads all of it back, counts it, and charges the broker's CPU time to the payload.</summary>
internal sealed class Throughput(string? executable, long payloadBytes, int rounds)
{
    public void Run(TextWriter output)
    {
        output.WriteLine("| value | acks | codec | produce MB/s | broker CPU-s/GB in | x floor | fetch MB/s | broker CPU-s/GB out | x floor |");
        output.WriteLine("|---|---|---|---:|---:|---:|---:|---:|---:|");
        foreach (var workload in Workload.All)
        {
            var measured = new List<Round>();
            var floors = new List<(double In, double Out)>();
            for (int round = 0; round < rounds; round++)
            {
                floors.Add(Floor.Measure(payloadBytes));
                using var broker = BrokerProcess.Start(executable);
                measured.Add(Measure(broker, workload));
            }
            output.WriteLine(Row(workload, measured, floors));
            output.Flush();
        }
    }

    private Round Measure(BrokerProcess broker, Workload workload)
    {
        int count = (int)(payloadBytes / workload.ValueBytes);
        WarmUp(broker, workload);
        var cpu = broker.CpuTime;
        var watch = Stopwatch.StartNew();
        Produce(broker, workload, "throughput", count);
        double produceSeconds = watch.Elapsed.TotalSeconds, produceCpu = (broker.CpuTime - cpu).TotalSeconds;
        cpu = broker.CpuTime;
        watch.Restart();
        Fetch(broker, "throughput", count);
        double fetchSeconds = watch.Elapsed.TotalSeconds, fetchCpu = (broker.CpuTime - cpu).TotalSeconds;
        double bytes = (double)count * workload.ValueBytes, perGigabyte = Figures.Gigabyte / bytes;
        return new(bytes / 1e6 / produceSeconds, produceCpu * perGigabyte, bytes / 1e6 / fetchSeconds, fetchCpu * perGigabyte);
    }

    /// <summary>Lets the runtime compile the paths that are measured; an AOT executable needs it for its pools only.</summary>
    private static void WarmUp(BrokerProcess broker, Workload workload)
    {
        int count = 20_000_000 / workload.ValueBytes;
        Produce(broker, workload, "warm-up", count);
        Fetch(broker, "warm-up", count);
    }

    private static void Produce(BrokerProcess broker, Workload workload, string topic, int count)
    {
        using var producer = new ProducerBuilder<Null, byte[]>(new ProducerConfig
        {
            BootstrapServers = broker.Bootstrap,
            Acks = workload.Acks,
            CompressionType = workload.Codec,
            LingerMs = 5,
            BatchSize = 1_000_000,
            QueueBufferingMaxKbytes = 262_144,
            QueueBufferingMaxMessages = 1_000_000,
        }).Build();
        byte[][] values = Values(workload.ValueBytes);
        int failed = 0;
        void report(DeliveryReport<Null, byte[]> delivery)
        {
            if (delivery.Error.IsError) Interlocked.Increment(ref failed);
        }
        for (int i = 0; i < count; i++) ProduceOne(producer, topic, values[i % values.Length], report);
        producer.Flush(TimeSpan.FromMinutes(5));
        if (failed > 0) throw new InvalidOperationException($"{failed} of {count} records were not delivered.");
    }

    private static void ProduceOne(IProducer<Null, byte[]> producer, string topic, byte[] value, Action<DeliveryReport<Null, byte[]>> report)
    {
        while (true)
        {
            try
            {
                producer.Produce(topic, new Message<Null, byte[]> { Value = value }, report);
                return;
            }
            catch (ProduceException<Null, byte[]> e) when (e.Error.Code == ErrorCode.Local_QueueFull)
            {
                producer.Poll(TimeSpan.FromMilliseconds(10));
            }
        }
    }

    /// <summary>Values that compress about as text does: words of a small dictionary, by a fixed seed.</summary>
    private static byte[][] Values(int size)
    {
        var random = new Random(7);
        byte[][] words = [.. Enumerable.Range(0, 512).Select(_ => RandomWord(random))];
        return [.. Enumerable.Range(0, 1024).Select(_ => Fill(random, words, size))];
    }

    private static byte[] RandomWord(Random random) => [.. Enumerable.Range(0, random.Next(3, 10)).Select(_ => (byte)random.Next('a', 'z' + 1)), (byte)' '];

    private static byte[] Fill(Random random, byte[][] words, int size)
    {
        byte[] value = new byte[size];
        for (int at = 0; at < size;)
        {
            var word = words[random.Next(words.Length)].AsSpan();
            word = word[..Math.Min(word.Length, size - at)];
            word.CopyTo(value.AsSpan(at));
            at += word.Length;
        }
        return value;
    }

    private static void Fetch(BrokerProcess broker, string topic, int count)
    {
        using var consumer = new ConsumerBuilder<Ignore, byte[]>(new ConsumerConfig
        {
            BootstrapServers = broker.Bootstrap,
            GroupId = "bench",
            EnableAutoCommit = false,
            FetchMaxBytes = 52_428_800,
            MaxPartitionFetchBytes = 8_388_608,
            QueuedMaxMessagesKbytes = 131_072,
            QueuedMinMessages = 1_000_000,
            FetchQueueBackoffMs = 1, // By default the client rests for a second whenever its queue is full.
            CheckCrcs = true,
        }).Build();
        consumer.Assign(new TopicPartitionOffset(topic, 0, Offset.Beginning));
        for (long expected = 0; expected < count; expected++)
        {
            var record = consumer.Consume(TimeSpan.FromSeconds(30)) ?? throw new InvalidOperationException($"No record came after offset {expected - 1} of {count}.");
            if (record.Offset.Value != expected) throw new InvalidOperationException($"Offset {record.Offset.Value} came where {expected} was due.");
        }
    }

    private static string Row(Workload workload, List<Round> rounds, List<(double In, double Out)> floors)
    {
        double inCpu = Figures.Median(rounds.Select(r => r.ProduceCpu)), outCpu = Figures.Median(rounds.Select(r => r.FetchCpu));
        double inFloor = Figures.Median(floors.Select(f => f.In)), outFloor = Figures.Median(floors.Select(f => f.Out));
        return $"| {workload.ValueBytes} B | {(workload.Acks == Acks.All ? "all" : "1")} | {workload.Codec.ToString().ToLowerInvariant()} "
            + $"| {Figures.Median(rounds.Select(r => r.ProduceMegabytesPerSecond)).Text("0")} | {inCpu.Text()} | {(inCpu / inFloor).Text("0.0")} "
            + $"| {Figures.Median(rounds.Select(r => r.FetchMegabytesPerSecond)).Text("0")} | {outCpu.Text()} | {(outCpu / outFloor).Text("0.0")} |";
    }
}
