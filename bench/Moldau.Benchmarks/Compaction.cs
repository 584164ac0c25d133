using System.Buffers.Binary;
using Moldau.Log;
using Moldau.Log.Files;
using Moldau.Protocol.Records;

namespace Moldau.Benchmarks;

/// <summary>
/// How fast a log is compacted and what it costs, beside a plain copy of the same bytes on the same disk. Half of the records
/// are superseded; a pass reads all of it twice, once for the keys and once to filter.
/// </summary>
internal sealed class Compaction(string? directory, long bytes)
{
    private const int BatchBytes = 16 * 1024;
    private const int CopyBytes = 256 * 1024;

    private static readonly (int ValueBytes, CompressionCodec Codec)[] Loads =
    [
        (100, CompressionCodec.None), (1_000, CompressionCodec.None), (100, CompressionCodec.Lz4), (1_000, CompressionCodec.Lz4), (1_000, CompressionCodec.Zstd),
    ];

    public int Run(TextWriter output) => BenchLogs.InDirectory(directory, root =>
    {
        output.WriteLine("value bytes  codec |  log MB  records | compaction MB/s  CPU-s/GB | copy MB/s  CPU-s/GB | left");
        foreach (var load in Loads)
        {
            string path = Path.Combine(root, Guid.NewGuid().ToString("N"));
            Directory.CreateDirectory(path);
            output.WriteLine($"{load.ValueBytes,11} {load.Codec,6} |{Measure(path, load)}");
            Directory.Delete(path, recursive: true);
        }
    });

    private string Measure(string path, (int ValueBytes, CompressionCodec Codec) load)
    {
        var logs = BenchLogs.Open(path, CommitMode.Immediate);
        var log = logs.Create(BenchLogs.Partition, Guid.NewGuid(), new LogSettings
        {
            CleanupPolicy = CleanupPolicies.Compact,
            MinCleanableDirtyRatio = 0,
            SegmentBytes = 8 * 1024 * 1024,
        });
        long records = Fill(log, load);
        log.Flush();
        logs.WriteCheckpoints();
        long before = log.SizeInBytes;
        var copy = Cost.Of(before, () => Copy(log.Segments.All.ToArray(), Path.Combine(path, "copy")));
        var compaction = Cost.Of(before, () => logs.Upkeep.CompactLogs(CancellationToken.None));
        long after = log.SizeInBytes;
        logs.DisposeAsync().AsTask().Wait();
        return $"{(before / 1e6).Text("0"),8} {records,8} | {compaction.MegabytesPerSecond.Text("0"),15} {compaction.CpuPerGigabyte.Text(),9} |"
            + $" {copy.MegabytesPerSecond.Text("0"),9} {copy.CpuPerGigabyte.Text(),9} | {(100.0 * after / before).Text("0")} %";
    }

    /// <summary>Values of half random bytes, which compress about as well as text.</summary>
    private long Fill(PartitionLog log, (int ValueBytes, CompressionCodec Codec) load)
    {
        var random = new Random(1);
        long keys = Math.Max(1, bytes / (load.ValueBytes + 20) / 2), records = 0;
        byte[] key = new byte[16];
        byte[] value = new byte[load.ValueBytes];
        for (long uncompressed = 0; uncompressed < bytes;)
        {
            using var builder = new BatchBuilder(new BatchOptions { Compression = CompressionSetting.Default(load.Codec) });
            while (builder.UncompressedBytes < BatchBytes)
            {
                BinaryPrimitives.WriteInt64BigEndian(key, records++ % keys);
                random.NextBytes(value.AsSpan(0, value.Length / 2));
                builder.Append(1_000, key, value);
            }
            uncompressed += builder.UncompressedBytes;
            log.Append(builder.Build(), new AppendContext { LeaderEpoch = 0 });
        }
        return records;
    }

    private static void Copy(Log.Segments.Segment[] segments, string path)
    {
        byte[] buffer = new byte[CopyBytes];
        using var target = new DiskFileStore().Open(path, FileCreation.IfMissing);
        long written = 0;
        foreach (var segment in segments)
        {
            for (long at = 0; at < segment.Size;)
            {
                int read = segment.Log.Read(at, buffer);
                target.Write(written, buffer.AsSpan(0, read));
                at += read;
                written += read;
            }
        }
        target.Flush();
    }
}
