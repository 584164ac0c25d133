using Moldau.Log;
using Moldau.Log.Files;
using Moldau.Protocol;
using Moldau.Protocol.Records;

namespace Moldau.Benchmarks;

/// <summary>
/// The log engine alone, in the page cache: an append with all that a Produce checks of a batch, beside a bare checksum and write;
/// a read, which checks each batch, beside a bare read.
/// </summary>
internal sealed class AppendAndRead(string? directory, long bytes, int rounds)
{
    private const int ReadBytes = 1024 * 1024;

    private static readonly int[] BatchSizes = [1_000, 16_384, 131_072, 900_000];

    public int Run(TextWriter output) => BenchLogs.InDirectory(directory, root =>
    {
        output.WriteLine("batch bytes | append MB/s  CPU-s/GB | pwrite + CRC MB/s CPU-s/GB | read MB/s  CPU-s/GB | pread MB/s  CPU-s/GB");
        foreach (int size in BatchSizes)
        {
            var measured = Enumerable.Range(0, rounds).Select(round => Measure(Path.Combine(root, $"{size}-{round}"), size)).ToList();
            output.WriteLine($"{size,11} |{Median(measured, all => all.Append)} | {Median(measured, all => all.Write)} | {Median(measured, all => all.Read)} | {Median(measured, all => all.Pread)}");
        }
    });

    private static Cost Median(List<(Cost Append, Cost Write, Cost Read, Cost Pread)> measured, Func<(Cost Append, Cost Write, Cost Read, Cost Pread), Cost> which)
    {
        var costs = measured.Select(which).ToList();
        return new Cost(Figures.Median(costs.Select(cost => cost.MegabytesPerSecond)), Figures.Median(costs.Select(cost => cost.CpuPerGigabyte)), 0);
    }

    private (Cost Append, Cost Write, Cost Read, Cost Pread) Measure(string path, int batchBytes)
    {
        Directory.CreateDirectory(path);
        byte[] batch = BenchLogs.Batch(batchBytes);
        long count = bytes / batch.Length, total = count * batch.Length;
        var logs = BenchLogs.Open(path, CommitMode.Immediate);
        var log = logs.Create(BenchLogs.Partition, Guid.NewGuid(), LogSettings.Default);
        string floor = Path.Combine(path, "floor");
        // Each once before, so that the code is compiled and the files' first pages are there.
        Append(log, batch, 1);
        Write(floor, batch, 1);
        var append = Cost.Of(total, () => Append(log, batch, count));
        var write = Cost.Of(total, () => Write(floor, batch, count));
        var read = Cost.Of(total, () => Read(log));
        var pread = Cost.Of(total, () => Pread(floor));
        logs.DisposeAsync().AsTask().Wait();
        Directory.Delete(path, recursive: true);
        return (append, write, read, pread);
    }

    private static void Append(PartitionLog log, byte[] batch, long count)
    {
        for (long i = 0; i < count; i++)
        {
            BatchHeader.StampPlace(batch, 0, BatchHeader.None); // As it comes from a client.
            var verdict = BatchValidator.Validate(batch, BatchRules.Default, DateTimeOffset.UtcNow.ToUnixTimeMilliseconds());
            var error = log.Append(batch, new AppendContext { LeaderEpoch = 0 }).Error;
            if (verdict.Fault != BatchFault.None || error != ErrorCode.None) throw new InvalidOperationException($"The batch was refused: {verdict.Fault}, {error}.");
        }
    }

    private static void Write(string path, byte[] batch, long count)
    {
        using var file = new DiskFileStore().Open(path, FileCreation.IfMissing);
        uint sum = 0;
        for (long i = 0; i < count; i++)
        {
            sum ^= Crc32C.Compute(batch);
            file.Write(i * batch.Length, batch);
        }
        GC.KeepAlive(sum);
    }

    private static void Read(PartitionLog log)
    {
        for (long offset = 0; offset < log.LogEndOffset;)
        {
            using var read = log.Read(offset, ReadBytes, ReadBound.HighWatermark);
            var batches = new BatchEnumerator(read.Records.Span);
            while (batches.MoveNext()) offset = batches.Current.NextOffset;
        }
    }

    private static void Pread(string path)
    {
        using var file = new DiskFileStore().Open(path, FileCreation.Existing);
        byte[] buffer = new byte[ReadBytes];
        for (long at = 0; file.Read(at, buffer) is > 0 and var count;) at += count;
    }
}
