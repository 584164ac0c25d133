using System.Diagnostics;
using Moldau.Log;

namespace Moldau.Benchmarks;

/// <summary>
/// How long a log directory takes to open after its process was killed: by what was not flushed, and not by the log's size. Each log is
/// filled by a process of its own, which then kills itself.
/// </summary>
internal sealed class Recovery(string? directory)
{
    private const int BatchBytes = 16 * 1024;

    private static readonly (int Megabytes, CommitMode Mode, string What)[] Loads =
    [
        (250, CommitMode.Immediate, "nothing flushed"),
        (1_000, CommitMode.Immediate, "nothing flushed"),
        (250, CommitMode.Journal, "all acknowledged as durable"),
        (1_000, CommitMode.Journal, "all acknowledged as durable"),
        (4_000, CommitMode.Journal, "all acknowledged as durable"),
    ];

    public int Run(TextWriter output) => BenchLogs.InDirectory(directory, root =>
    {
        output.WriteLine("log MB | what                         | seconds | seconds/GB");
        foreach (var (megabytes, mode, what) in Loads)
        {
            string path = Path.Combine(root, Guid.NewGuid().ToString("N"));
            FillAndDie(path, megabytes, mode);
            var watch = Stopwatch.StartNew();
            var logs = BenchLogs.Open(path, mode);
            double seconds = watch.Elapsed.TotalSeconds;
            if (logs.Get(BenchLogs.Partition)!.SizeInBytes < megabytes * 1_000_000L) throw new InvalidOperationException("Some of the log is missing.");
            logs.DisposeAsync().AsTask().Wait();
            Directory.Delete(path, recursive: true);
            output.WriteLine($"{megabytes,6} | {what,-28} | {seconds.Text("0.000"),7} | {(seconds / megabytes * 1000).Text("0.00"),10}");
        }
    });

    /// <summary>The hidden command of the process that is killed.</summary>
    public static void Fill(string path, int megabytes, CommitMode mode)
    {
        Directory.CreateDirectory(path);
        var log = BenchLogs.Open(path, mode).Create(BenchLogs.Partition, Guid.NewGuid(), LogSettings.Default);
        byte[] batch = BenchLogs.Batch(BatchBytes);
        for (long written = 0; written < megabytes * 1_000_000L; written += batch.Length)
        {
            log.Append(batch, new AppendContext { LeaderEpoch = 0 });
            if (written / batch.Length % 64 == 0) log.RoomAsync().Wait();
        }
        log.CommittedAsync(log.LogEndOffset).AsTask().Wait();
        Process.GetCurrentProcess().Kill();
    }

    private static void FillAndDie(string path, int megabytes, CommitMode mode)
    {
        string[] arguments = [Path.Combine(AppContext.BaseDirectory, "Moldau.Benchmarks.dll"), "recovery-fill", path, megabytes.ToString(System.Globalization.CultureInfo.InvariantCulture), mode.ToString()];
        using var filler = Process.Start("dotnet", arguments);
        filler.WaitForExit();
    }
}
