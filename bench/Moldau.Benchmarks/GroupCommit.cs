using System.Diagnostics;
using System.Globalization;
using Moldau.Log;
using Moldau.Protocol.Records;

namespace Moldau.Benchmarks;

/// <summary>
/// Durable appends per second of the log engine, by appenders, partitions touched and bytes of a batch, beside the bare rate of fdatasync on the
/// same disk just before. The loads of a round come one after the other, so that a slow minute hits all of them; the medians of the rounds
/// are shown.
/// </summary>
internal sealed class GroupCommit(string? directory, int rounds, double seconds)
{
    private const int PartitionsMax = 1_000;

    /// <summary>All of one size, so that they can be compared; then larger ones, of which the last are written once only.</summary>
    private static readonly Load[] Loads =
    [
        .. from appenders in (int[])[1, 16, 256] from partitions in (int[])[1, 100, PartitionsMax] select new Load(appenders, partitions, 200),
        new(1, 1, 65_536), new(16, 16, 65_536), new(16, 1, 524_288), new(16, 16, 524_288),
    ];

    public int Run(TextWriter output) => BenchLogs.InDirectory(directory, root =>
    {
        var measured = Enumerable.Range(0, rounds).Select(round => Round(Path.Combine(root, $"{round}"))).ToList();
        output.WriteLine($"Medians of {rounds} rounds. The bare disk made {Median(measured.SelectMany(round => round), result => result.FlushesPerSecond):N0} flushes of 4 KiB a second.");
        output.WriteLine();
        output.WriteLine("| appenders | partitions | bytes | appends/s | appends a bare flush | MB/s | CPU-s/GB |");
        output.WriteLine("|---:|---:|---:|---:|---:|---:|---:|");
        for (int i = 0; i < Loads.Length; i++) output.WriteLine(Row(Loads[i], measured.ConvertAll(round => round[i])));
    });

    private static string Row(Load load, List<Result> results)
    {
        double appends = Median(results, result => result.AppendsPerSecond), gigabytes = appends * load.BatchBytes / Figures.Gigabyte;
        double ratio = Median(results, result => result.AppendsPerSecond / result.FlushesPerSecond), cpu = Median(results, result => result.CpuPerGigabyte);
        return string.Create(
            CultureInfo.InvariantCulture,
            $"| {load.Appenders} | {load.Partitions:N0} | {load.BatchBytes:N0} | {appends:N0} | {ratio:N1} | {gigabytes * 1000:N1} | {cpu:G3} |");
    }

    private static double Median(IEnumerable<Result> results, Func<Result, double> figure) => Figures.Median(results.Select(figure));

    /// <summary>A directory of its own, in which every load touches as many of the partitions as it says.</summary>
    private List<Result> Round(string path)
    {
        Directory.CreateDirectory(path);
        var logs = BenchLogs.Open(path, CommitMode.Journal);
        byte[] first = Batch(Loads[0].BatchBytes);
        var partitions = Enumerable.Range(0, PartitionsMax).Select(i => logs.Create(new PartitionName("bench", i), Guid.NewGuid(), LogSettings.Default)).ToArray();
        foreach (var log in partitions) log.Append(first, new AppendContext { LeaderEpoch = 0 });
        foreach (var log in partitions) log.CommittedAsync(log.LogEndOffset).AsTask().Wait();
        var results = Loads.Select(load => Measure(path, partitions.AsSpan(0, load.Partitions).ToArray(), load)).ToList();
        logs.DisposeAsync().AsTask().Wait();
        Directory.Delete(path, recursive: true);
        return results;
    }

    private Result Measure(string path, PartitionLog[] logs, Load load)
    {
        double flushes = DiskFlushes.PerSecond(path, seconds / 2);
        Append(logs, load, seconds / 4);
        var cpuBefore = Process.GetCurrentProcess().TotalProcessorTime;
        var watch = Stopwatch.StartNew();
        long appends = Append(logs, load, seconds);
        double elapsed = watch.Elapsed.TotalSeconds, cpu = (Process.GetCurrentProcess().TotalProcessorTime - cpuBefore).TotalSeconds;
        return new Result(appends / elapsed, flushes, cpu / (appends * (double)load.BatchBytes / Figures.Gigabyte));
    }

    /// <summary>Each appender goes over all the partitions, and waits for each of its batches. The answer is how many were durable.</summary>
    private static long Append(PartitionLog[] logs, Load load, double forSeconds)
    {
        long until = Stopwatch.GetTimestamp() + (long)(forSeconds * Stopwatch.Frequency);
        var appenders = Enumerable.Range(0, load.Appenders).Select(i => Task.Run(async () =>
        {
            byte[] batch = Batch(load.BatchBytes);
            long count = 0;
            for (int at = i * logs.Length / load.Appenders; Stopwatch.GetTimestamp() < until; at++)
            {
                var log = logs[at % logs.Length];
                var result = log.Append(batch, new AppendContext { LeaderEpoch = 0 });
                await log.CommittedAsync(result.EndOffset);
                count++;
            }
            return count;
        })).ToArray();
        return Task.WhenAll(appenders).Result.Sum();
    }

    /// <summary>One record that fills a batch of so many bytes.</summary>
    private static byte[] Batch(int bytes)
    {
        using var builder = new BatchBuilder();
        builder.Append(DateTimeOffset.UtcNow.ToUnixTimeMilliseconds(), null, new byte[bytes - BatchHeader.Size - 10]);
        return builder.BuildArray();
    }

    private sealed record Load(int Appenders, int Partitions, int BatchBytes);

    private sealed record Result(double AppendsPerSecond, double FlushesPerSecond, double CpuPerGigabyte);
}
