using System.Diagnostics;
using Confluent.Kafka;
using Confluent.Kafka.Admin;

namespace Moldau.Benchmarks;

/// <summary>A broker with very many partitions: how long it takes to make them and to start with them, and what it needs when idle.</summary>
internal sealed class ManyPartitions(string? executable, int partitions)
{
    private const int PartitionsOfATopic = 1_000;

    public void Run(TextWriter output)
    {
        using var data = new BenchData();
        using (var broker = BrokerProcess.Start(executable, data.Path))
        {
            var watch = Stopwatch.StartNew();
            Create(broker.Bootstrap);
            output.WriteLine($"create {partitions} partitions:  {watch.Elapsed.TotalSeconds.Text()} s");
            watch.Restart();
            broker.Stop();
            output.WriteLine($"clean stop:                 {watch.Elapsed.TotalSeconds.Text()} s");
        }
        Restart(output, "after a clean stop", data.Path);
        Restart(output, "after a kill", data.Path);
    }

    /// <summary>Starts the broker, and kills it.</summary>
    private void Restart(TextWriter output, string what, string data)
    {
        var watch = Stopwatch.StartNew();
        using var broker = BrokerProcess.Start(executable, data);
        double seconds = watch.Elapsed.TotalSeconds;
        RawProduce.Once(broker.Bootstrap);
        output.WriteLine($"start {what + ":",-22}{seconds.Text()} s, resident memory {(broker.ResidentBytes / 1e6).Text("0")} MB");
    }

    private void Create(string bootstrap)
    {
        using var admin = new AdminClientBuilder(new AdminClientConfig { BootstrapServers = bootstrap }).Build();
        for (int i = 0; i * PartitionsOfATopic < partitions; i++)
        {
            var topic = new TopicSpecification { Name = $"many-{i}", NumPartitions = Math.Min(PartitionsOfATopic, partitions - i * PartitionsOfATopic) };
            admin.CreateTopicsAsync([topic], new CreateTopicsOptions { RequestTimeout = TimeSpan.FromMinutes(1) }).Wait();
        }
    }
}
