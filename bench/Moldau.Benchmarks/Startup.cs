using System.Diagnostics;
using Confluent.Kafka;

namespace Moldau.Benchmarks;

/// <summary>From the start of the process to its first accepted Produce, its memory when idle, and the size of the executable.</summary>
internal sealed class Startup(string? executable, int rounds)
{
    public void Run(TextWriter output)
    {
        var ready = new List<double>();
        var produced = new List<double>();
        var resident = new List<double>();
        for (int round = 0; round < rounds; round++)
        {
            var watch = Stopwatch.StartNew();
            using var broker = BrokerProcess.Start(executable);
            ready.Add(watch.Elapsed.TotalMilliseconds);
            RawProduce.Once(broker.Bootstrap);
            produced.Add(watch.Elapsed.TotalMilliseconds);
            resident.Add(broker.ResidentBytes / 1e6);
        }
        string path = executable ?? Path.Combine(AppContext.BaseDirectory, "moldau");
        output.WriteLine($"start to ready:                 {Figures.Median(ready).Text("0")} ms");
        output.WriteLine($"start to first accepted record: {Figures.Median(produced).Text("0")} ms");
        output.WriteLine($"resident memory after it:       {Figures.Median(resident).Text("0.0")} MB");
        output.WriteLine($"executable:                     {(new FileInfo(path).Length / 1e6).Text("0.0")} MB");
        foreach (string library in Directory.GetFiles(Path.GetDirectoryName(path)!, "librdkafka*.so"))
        {
            output.WriteLine($"beside it, {Path.GetFileName(library)}: {(new FileInfo(library).Length / 1e6).Text("0.0")} MB");
        }
    }
}
