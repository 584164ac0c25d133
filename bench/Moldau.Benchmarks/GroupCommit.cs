using System.Diagnostics;
using System.Globalization;
using Moldau.Log;
using Moldau.Log.Files;
using Moldau.Protocol.Records;

namespace Moldau.Benchmarks;

/// <summary>
/// Durable appends per second of the log engine, beside the bare rate of fdatasync on the same disk.
/// </summary>
internal sealed class GroupCommit(string? directory, double seconds)
{
    private static readonly (int Appenders, int Partitions, int BatchBytes)[] Loads =
    [
        (1, 1, 200), (16, 1, 200), (256, 1, 200), (16, 16, 200), (256, 100, 200), (256, 1_000, 4_096),
        (1, 1, 65_536), (16, 16, 65_536), (16, 1, 524_288), (16, 16, 524_288),
    ];

    public int Run(TextWriter output)
    {
        string root = Path.Combine(directory ?? Path.GetTempPath(), $"moldau-bench-{Environment.ProcessId}");
        Directory.CreateDirectory(root);
        try
        {
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"bare fdatasync of 4 KiB: {DiskFlushes.PerSecond(root, seconds):N0}/s"));
            output.WriteLine("appenders partitions  bytes |      appends/s       MB/s  CPU-s/GB");
            foreach (var load in Loads)
            {
                output.WriteLine($"{load.Appenders,9} {load.Partitions,10} {load.BatchBytes,6} |{Measure(root, load)}");
            }
        }
        finally
        {
            Directory.Delete(root, recursive: true);
        }
        return 0;
    }

    private string Measure(string root, (int Appenders, int Partitions, int BatchBytes) load)
    {
        string path = Path.Combine(root, Guid.NewGuid().ToString("N"));
        Directory.CreateDirectory(path);
        var directory = LogDirectory.Open(new LogDirectoryOptions
        {
            Files = new DiskFileStore(),
            Path = Path.Combine(path, "log"),
            JournalPath = Path.Combine(path, "journal"),
            NewIdentity = new DirectoryIdentity { ClusterId = "bench", NodeId = 1, DirectoryId = Guid.NewGuid() },
        });
        var logs = Enumerable.Range(0, load.Partitions).Select(i => directory.Create(new PartitionName("bench", i), Guid.NewGuid(), LogSettings.Default)).ToArray();
        foreach (var log in logs) log.Append(Batch(load.BatchBytes), new AppendContext { LeaderEpoch = 0 });
        foreach (var log in logs) log.CommittedAsync(log.LogEndOffset).AsTask().Wait();
        Append(logs, load, seconds / 4);
        var cpuBefore = Process.GetCurrentProcess().TotalProcessorTime;
        var watch = Stopwatch.StartNew();
        long appends = Append(logs, load, seconds);
        double elapsed = watch.Elapsed.TotalSeconds, cpu = (Process.GetCurrentProcess().TotalProcessorTime - cpuBefore).TotalSeconds;
        directory.DisposeAsync().AsTask().Wait();
        Directory.Delete(path, recursive: true);
        double gigabytes = appends * (double)load.BatchBytes / 1e9;
        return string.Create(CultureInfo.InvariantCulture, $"{appends / elapsed,15:N0} {gigabytes * 1000 / elapsed,10:N1} {cpu / gigabytes,9:N2}");
    }

    private static long Append(PartitionLog[] logs, (int Appenders, int Partitions, int BatchBytes) load, double forSeconds)
    {
        long until = Stopwatch.GetTimestamp() + (long)(forSeconds * Stopwatch.Frequency);
        var appenders = Enumerable.Range(0, load.Appenders).Select(i => Task.Run(async () =>
        {
            byte[] batch = Batch(load.BatchBytes);
            long count = 0;
            for (int at = i; Stopwatch.GetTimestamp() < until; at += load.Appenders)
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

    private static byte[] Batch(int bytes)
    {
        using var builder = new BatchBuilder();
        builder.Append(Environment.TickCount64, null, new byte[bytes - BatchHeader.Size - 10]);
        return builder.BuildArray();
    }
}
