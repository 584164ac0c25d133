using Moldau.Log;
using Moldau.Log.Files;
using Moldau.Protocol.Records;

namespace Moldau.Benchmarks;

/// <summary>Log directories to measure, and batches to fill them with.</summary>
internal static class BenchLogs
{
    public static readonly PartitionName Partition = new("bench", 0);

    public static LogDirectory Open(string path, CommitMode mode) => LogDirectory.Open(new LogDirectoryOptions
    {
        Files = new DiskFileStore(),
        Path = Path.Combine(path, "log"),
        JournalPath = Path.Combine(path, "journal"),
        NewIdentity = new DirectoryIdentity { ClusterId = "bench", NodeId = 1, DirectoryId = Guid.NewGuid() },
        CommitMode = mode,
        Threads = mode == CommitMode.Journal ? BackgroundThreads.Own : BackgroundThreads.None,
    });

    /// <summary>Runs with a directory of its own that is deleted afterwards.</summary>
    public static int InDirectory(string? parent, Action<string> run)
    {
        string root = Path.Combine(parent ?? Path.GetTempPath(), $"moldau-bench-{Environment.ProcessId}");
        Directory.CreateDirectory(root);
        try
        {
            run(root);
        }
        finally
        {
            Directory.Delete(root, recursive: true);
        }
        return 0;
    }

    /// <summary>An uncompressed batch of records with values of 100 random bytes.</summary>
    public static byte[] Batch(int bytes)
    {
        using var builder = new BatchBuilder();
        byte[] value = new byte[100];
        do
        {
            Random.Shared.NextBytes(value);
            builder.Append(DateTimeOffset.UtcNow.ToUnixTimeMilliseconds(), null, value);
        }
        while (builder.UncompressedBytes < bytes);
        return builder.BuildArray();
    }
}
